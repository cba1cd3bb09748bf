import { art } from "./art";
import { categories, products, type Category, type Product } from "./catalogue";

/** Addresses of what the build has named by its content. */
export interface Assets {
  script: string;
  style: string;
  fonts: string[];
}

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? c);

const BASE = "/shop/";
const names = Object.keys(categories) as Category[];

/** One page in the shop's frame. current is the address of the navigation entry it belongs to. */
function frame(assets: Assets, title: string, current: string, main: string): string {
  const links = [...names.map((c) => [`${c}/`, categories[c].title] as const), ["repairs/", "Repairs"] as const];
  const nav = links
    .map(([to, label]) => `<a href="${BASE}${to}"${to === current ? ' aria-current="page"' : ""}>${label}</a>`)
    .join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Tents, packs and small comforts, built in Keswick and repaired for as long as they last.">
<title>${escape(title)}</title>
${assets.fonts.map((font) => `<link rel="preload" href="${font}" as="font" type="font/woff2" crossorigin>`).join("\n")}
<link rel="icon" href="${BASE}mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style}">
<script type="module" src="${assets.script}"></script>
<script src="/messenger.js" data-deployment="{{deployment}}" data-title="Tarn &amp; Fell" data-initials="T&amp;F" data-color="#2f5d47" data-greeting="Hello! Ask us anything about tents, packs or an order." data-topics="Where is my order|Repairs|Opening hours" async></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="bar"><a class="logo" href="${BASE}">Tarn &amp; Fell</a><nav aria-label="Shop">${nav}</nav>
<a class="to-basket" href="${BASE}basket/">Basket (<span data-basket-count>0</span>)</a></header>
<main id="main">${main}</main>
<footer class="foot"><div><p class="logo">Tarn &amp; Fell</p><p>Workshop and shop, 4 Station Street, Keswick</p></div>
<div><h2>Open</h2><p>Monday to Saturday, 9:00 to 17:30<br>The chat a little longer</p></div>
<div><h2>Help</h2><p><a href="${BASE}repairs/">Send in a repair</a><br><button type="button" class="plain" data-chat>Chat with us</button></p></div>
<p class="note">A demonstration shop: nothing here is for sale, and nothing you type in its forms leaves this page.</p></footer>
</body>
</html>
`;
}

const price = (euros: number): string => `€ ${euros}`;

const card = (p: Product): string =>
  `<article class="card"><a href="${BASE}products/${p.id}/"><div class="pic">${art[p.art]}</div><h3>${escape(p.name)}</h3></a>
<p><span class="sub">${escape(p.kind)}</span><b>${price(p.price)}</b></p></article>`;

const grid = (list: Product[]): string => `<div class="grid">${list.map(card).join("")}</div>`;

const band = `<section class="band"><div><h2>Bring it back, we mend it</h2>
<p>A bent pole, a torn sleeve, a tired zip: repairs are free for five years.</p></div><a class="button quiet" href="${BASE}repairs/">How repairs work</a></section>`;

const home = (): string => `<section class="hero"><h1>Made for one more night outside</h1>
<p>Tents, packs and small comforts, built in Keswick and repaired here for as long as they last.</p></section>
<h2 class="hidden">This month</h2>${grid(products.slice(0, 4))}${band}
<h2 class="section">For the nights after that</h2>${grid(products.slice(4, 8))}`;

const category = (name: Category): string => `<section class="lead"><h1>${categories[name].title}</h1>
<p>${categories[name].intro}</p></section><h2 class="hidden">All ${categories[name].title.toLowerCase()}</h2>
${grid(products.filter((p) => p.category === name))}${band}`;

function product(p: Product): string {
  const sizes = p.sizes
    .map(
      (size, i) =>
        `<label class="choice"><input type="radio" name="variant" value="${escape(size)}"${i === 0 ? " checked" : ""}><span>${escape(size)}</span></label>`,
    )
    .join("");
  const facts = p.facts.map(([k, v]) => `<div><dt>${escape(k)}</dt><dd>${escape(v)}</dd></div>`).join("");
  const others = products.filter((o) => o.id !== p.id && o.category === p.category);
  return `<section class="product"><div class="pic">${art[p.art]}</div><div class="about">
<p class="crumb"><a href="${BASE}${p.category}/">${categories[p.category].title}</a></p>
<h1>${escape(p.name)}</h1><p class="sub">${escape(p.kind)}</p><p class="price">${price(p.price)}</p><p>${escape(p.intro)}</p>
<form data-add="${p.id}">${sizes === "" ? "" : `<fieldset><legend>Choose</legend>${sizes}</fieldset>`}
<button class="button">Add to basket</button> <button type="button" class="button quiet" data-chat>Ask about it</button>
<p class="said" role="status"></p></form><dl class="facts">${facts}</dl></div></section>
${others.length === 0 ? "" : `<h2 class="section">Goes along with it</h2>${grid(others.slice(0, 4))}`}`;
}

const basket = `<section class="lead"><h1>Basket</h1></section><section class="narrow">
<div data-basket-empty hidden><p>Nothing in it yet.</p><p><a class="button" href="${BASE}tents/">See the tents</a></p></div>
<div data-basket-full hidden><ul class="lines" data-basket-lines></ul><p class="sum"><span>Together</span><b data-basket-sum></b></p>
<p class="sub">Postage is on us from € 80.</p><p><a class="button" href="${BASE}checkout/">To the checkout</a></p></div></section>`;

/** One labelled field. secret marks what a shared screen must never show. */
const field = (label: string, name: string, complete: string, more = "", secret = false): string =>
  `<label class="field${secret ? " secret" : ""}"><span>${label}</span><input name="${name}" autocomplete="${complete}"${more}${secret ? " data-secret" : ""}></label>`;

const checkout = `<section class="lead"><h1>Checkout</h1></section><form class="narrow sheet" data-checkout novalidate>
<fieldset><legend>Where to</legend>${field("Name", "name", "name", " required")}
${field("Street and number", "street", "street-address", " required", true)}
<div class="pair">${field("Postcode", "postcode", "postal-code", " required", true)}${field("Town", "town", "address-level2", " required", true)}</div>
${field("E-mail", "email", "email", ' type="email" required')}</fieldset>
<fieldset><legend>Payment</legend><div class="pair wide">${field("Card number", "card", "cc-number", ' inputmode="numeric" maxlength="23" required', true)}
${field("Security code", "code", "cc-csc", ' inputmode="numeric" maxlength="4" required', true)}</div>
<label class="check"><input type="checkbox" name="gift"><span>Wrap it as a present</span></label></fieldset>
<p class="sum"><span>Together</span><b data-basket-sum></b></p><p><button class="button">Place the order</button></p>
<p class="said" role="status"></p></form>`;

const repairs = `<section class="hero"><h1>Bring it back, we mend it</h1>
<p>Whatever we made, we repair: free for five years, at cost for ever. Most things go home within ten days.</p></section>
<section class="product"><div class="pic">${art.bench}</div><div class="about"><h2>How it goes</h2>
<ol class="steps"><li><b>Tell us what broke.</b> Here or in the chat; a photograph helps.</li><li><b>Post it clean and dry.</b> We send a label.</li>
<li><b>We mend it</b> and say what we did, so that you can do it next time.</li></ol>
<form class="sheet" data-repair novalidate><label class="field"><span>What is it?</span><select name="what">${products.map((p) => `<option>${escape(p.name)}</option>`).join("")}<option>Something older</option></select></label>
<label class="field"><span>What broke?</span><textarea name="damage" rows="4" required></textarea></label>
${field("E-mail", "email", "email", ' type="email" required')}<p><button class="button">Ask for a label</button></p><p class="said" role="status"></p></form></div></section>`;

/** Every page by its file name below shop/. */
export function pages(assets: Assets): Map<string, string> {
  const page = (title: string, current: string, main: string): string =>
    frame(assets, `${title}Tarn & Fell`, current, main);
  const all = new Map([
    ["index.html", page("", "", home())],
    ["basket/index.html", page("Basket, ", "basket/", basket)],
    ["checkout/index.html", page("Checkout, ", "basket/", checkout)],
    ["repairs/index.html", page("Repairs, ", "repairs/", repairs)],
  ]);
  for (const c of names) all.set(`${c}/index.html`, page(`${categories[c].title}, `, `${c}/`, category(c)));
  for (const p of products) all.set(`products/${p.id}/index.html`, page(`${p.name}, `, `${p.category}/`, product(p)));
  return all;
}

export const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2f5d47"/><path d="M5 24 14 8l5 9 3-4 5 11z" fill="#f6f3ea"/></svg>
`;
