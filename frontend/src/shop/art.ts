/** The shop's pictures, drawn for it. Presentation attributes only, so that the content policy allows no inline style. */
const scene = (label: string, body: string): string =>
  `<svg viewBox="0 0 200 150" role="img" aria-label="${label}" preserveAspectRatio="xMidYMid slice">${body}</svg>`;

export const art = {
  fellwalker: scene(
    "Orange two-person tent on a hillside",
    `<rect width="200" height="150" fill="#e7ead9"/><path d="M0 112c38-14 70-6 104-10s66-12 96-4v52H0z" fill="#d7dcc4"/>
<path d="M0 118c60-8 140-8 200 0v32H0z" fill="#c6ceb0"/><path d="M34 118 92 44l16 7 60 67z" fill="#d9682f"/>
<path d="M34 118 92 44l-9 74z" fill="#ee8a4c"/><path d="M83 118l9-74 25 74z" fill="#8a3a17"/><path d="M92 44l14 74H89z" fill="#2c1b12"/>
<path d="M92 44c30-3 56 40 76 74M92 44 34 118" fill="none" stroke="#f4efe2" stroke-width="2"/>
<path d="M34 118 20 127M168 118l14 8" stroke="#7c8463" stroke-width="1.2"/>`,
  ),
  catbells: scene(
    "Low green one-person tent under a moon",
    `<rect width="200" height="150" fill="#dbe3e3"/><circle cx="152" cy="36" r="13" fill="#f6efd9"/>
<path d="M0 96c30-22 58-26 84-10 30-26 70-22 116 8v56H0z" fill="#c3cfcc"/><path d="M0 120c70-9 130-9 200 0v30H0z" fill="#a9bab3"/>
<path d="M30 120C52 74 96 62 130 78c20 10 34 26 42 42z" fill="#3f6a55"/><path d="M30 120C52 74 96 62 104 66l-16 54z" fill="#558468"/>
<path d="M88 120l16-54c12 18 18 34 20 54z" fill="#284639"/><path d="M99 120l5-50c7 17 10 33 11 50z" fill="#14251e"/>
<path d="M30 120C52 74 96 62 130 78c20 10 34 26 42 42" fill="none" stroke="#e3ede4" stroke-width="1.6"/>`,
  ),
  ridgeline: scene(
    "Moss green backpack",
    `<rect width="200" height="150" fill="#e3e6e0"/><ellipse cx="100" cy="130" rx="46" ry="6" fill="#c6cbc0"/>
<path d="M62 62c-8 8-10 34-6 52M138 62c8 8 10 34 6 52" fill="none" stroke="#4a5b3b" stroke-width="5" stroke-linecap="round"/>
<rect x="66" y="34" width="68" height="94" rx="20" fill="#5c6f4a"/><path d="M66 58c0-18 12-28 34-28s34 10 34 28v8H66z" fill="#748a5d"/>
<rect x="74" y="84" width="52" height="36" rx="10" fill="#4a5b3b"/><path d="M88 30c0-10 24-10 24 0" fill="none" stroke="#3a472f" stroke-width="4"/>
<path d="M84 60v24M116 60v24" stroke="#d8b26a" stroke-width="3"/><rect x="80" y="92" width="40" height="3" fill="#d8b26a"/>`,
  ),
  beck: scene(
    "Blue roll-top day pack",
    `<rect width="200" height="150" fill="#e8e4da"/><ellipse cx="100" cy="131" rx="40" ry="5" fill="#d0cabb"/>
<path d="M70 52h60l6 62a14 14 0 0 1-14 15H78a14 14 0 0 1-14-15z" fill="#3f6479"/><path d="M70 52h60l2 20H68z" fill="#547c92"/>
<rect x="68" y="38" width="64" height="16" rx="7" fill="#2f4d5e"/><path d="M60 46h8M132 46h8" stroke="#22394a" stroke-width="4" stroke-linecap="round"/>
<path d="M100 54v30" stroke="#e9c98a" stroke-width="3"/><rect x="94" y="80" width="12" height="9" rx="2" fill="#22394a"/>
<path d="M78 100h44v14a8 8 0 0 1-8 8H86a8 8 0 0 1-8-8z" fill="#2f4d5e"/><path d="M78 100h44" stroke="#e9c98a" stroke-width="2"/>`,
  ),
  stonechat: scene(
    "Rust coloured down sleeping bag",
    `<rect width="200" height="150" fill="#efe3da"/><ellipse cx="102" cy="126" rx="72" ry="6" fill="#dccabd"/>
<path d="M26 104c2-26 22-34 46-36l86-8c16-1 24 12 24 28s-8 30-24 30H60c-20 0-34-2-34-14z" fill="#a4502f"/>
<path d="M26 104c2-26 22-34 46-36 6 14 6 36 0 50H60c-20 0-34-2-34-14z" fill="#c26a43"/><ellipse cx="49" cy="94" rx="15" ry="17" fill="#3a2018"/>
<path d="M39 96c4-12 16-14 22-8" fill="none" stroke="#efd9b4" stroke-width="3" stroke-linecap="round"/>
<path d="M88 67c5 16 5 36 0 51M108 65c5 17 5 37 0 53M128 63c5 18 5 38 0 55M148 61c5 19 5 39 0 56" fill="none" stroke="#823c22" stroke-width="2"/>`,
  ),
  heather: scene(
    "Rolled sleeping mat with two straps",
    `<rect width="200" height="150" fill="#e6e2ea"/><ellipse cx="100" cy="122" rx="66" ry="6" fill="#cfc8d6"/>
<path d="M54 62h92a28 28 0 0 1 0 56H54z" fill="#7d6b93"/><path d="M54 62h92a28 28 0 0 1 24 14H54z" fill="#9483a9"/>
<circle cx="54" cy="90" r="28" fill="#a797bb"/><path d="M54 70a20 20 0 1 0 19 26 14 14 0 1 1-17-15 8 8 0 1 0 5 10" fill="none" stroke="#66557b" stroke-width="3" stroke-linecap="round"/>
<path d="M98 62v56M138 62v56" stroke="#3e3350" stroke-width="6"/><rect x="94" y="84" width="9" height="10" rx="2" fill="#d9bd7c"/><rect x="134" y="84" width="9" height="10" rx="2" fill="#d9bd7c"/>`,
  ),
  moth: scene(
    "Camp lantern, lit",
    `<rect width="200" height="150" fill="#efe6d6"/><circle cx="100" cy="80" r="52" fill="#f7dfa9" opacity=".7"/>
<rect x="80" y="50" width="40" height="56" rx="8" fill="#fff4cf"/><rect x="76" y="42" width="48" height="12" rx="5" fill="#33474b"/>
<rect x="74" y="102" width="52" height="18" rx="6" fill="#33474b"/><path d="M84 42c0-24 32-24 32 0" fill="none" stroke="#33474b" stroke-width="3.5"/>
<path d="M92 54v48M108 54v48" stroke="#33474b" stroke-width="2"/><path d="M146 44c-9-9-15-5-13 2 1 5 8 5 13-2zm0 0c9-9 15-5 13 2-1 5-8 5-13-2z" fill="#b99a62"/><path d="M146 42v9" stroke="#7d6438" stroke-width="2" stroke-linecap="round"/>`,
  ),
  ullswater: scene(
    "Enamel mug with a mountain",
    `<rect width="200" height="150" fill="#dfe7ea"/><ellipse cx="98" cy="122" rx="44" ry="6" fill="#c2cfd4"/>
<path d="M128 68c24-4 24 34 0 32" fill="none" stroke="#f7f5ee" stroke-width="9"/><path d="M64 54h64v58a10 10 0 0 1-10 10H74a10 10 0 0 1-10-10z" fill="#f7f5ee"/>
<ellipse cx="96" cy="54" rx="32" ry="7" fill="#25434d"/><ellipse cx="96" cy="55.500" rx="26" ry="4.500" fill="#5b3a26"/><path d="M76 102l17-25 9 11 7-8 13 22z" fill="#25434d"/>
<path d="M88 40c-5-6 5-9 0-16M101 38c-5-6 5-9 0-16" fill="none" stroke="#fff" stroke-width="2.500" stroke-linecap="round"/>`,
  ),
  ember: scene(
    "Small gas stove with a pot",
    `<rect width="200" height="150" fill="#e5e6e4"/><ellipse cx="100" cy="130" rx="42" ry="5" fill="#cccdc9"/>
<path d="M68 40h64v30a10 10 0 0 1-10 10H78a10 10 0 0 1-10-10z" fill="#8d9491"/><path d="M68 40h64v9H68z" fill="#a6adaa"/><rect x="64" y="34" width="72" height="8" rx="4" fill="#5f6664"/>
<path d="M132 52h26" stroke="#5f6664" stroke-width="5" stroke-linecap="round"/><path d="M74 86l10-5h32l10 5" fill="none" stroke="#3d4341" stroke-width="4" stroke-linecap="round"/>
<path d="M90 92c-4-6 2-8 1-13 5 3 5 8 3 13zM104 92c-4-6 2-8 1-13 5 3 5 8 3 13z" fill="#e0702f"/><rect x="94" y="90" width="12" height="10" fill="#3d4341"/>
<path d="M76 108c0-6 8-9 24-9s24 3 24 9v16a6 6 0 0 1-6 6H82a6 6 0 0 1-6-6z" fill="#c4552c"/><path d="M76 112h48v7H76z" fill="#f0e2cd"/>`,
  ),
  bench: scene(
    "Workbench with a tent pole, thread and scissors",
    `<rect width="200" height="150" fill="#dcd7c2"/><rect y="46" width="200" height="104" fill="#b08b5d"/><rect y="46" width="200" height="5" fill="#c39d6d"/><path d="M0 84h200M0 118h200" stroke="#a37d50" stroke-width="1"/>
<path d="M18 88 178 60" stroke="#3d4a43" stroke-width="4" stroke-linecap="round"/><path d="M92 75l20-3.500" stroke="#d9682f" stroke-width="7"/>
<rect x="132" y="76" width="26" height="24" rx="3" fill="#d9682f"/><path d="M128 74h34v5h-34zM128 97h34v5h-34z" fill="#f2ead6"/><path d="M132 84h26M132 90h26" stroke="#b9501f" stroke-width="1.500"/>
<path d="M40 96l34-22M40 74l34 22" stroke="#5f6664" stroke-width="4" stroke-linecap="round"/><circle cx="34" cy="100" r="7" fill="none" stroke="#2f5d47" stroke-width="4"/><circle cx="34" cy="70" r="7" fill="none" stroke="#2f5d47" stroke-width="4"/>
<path d="M158 88c20 0 8 30 26 32" fill="none" stroke="#d9682f" stroke-width="1.500"/>`,
  ),
} as const;

export type ArtName = keyof typeof art;
