import type { ArtName } from "./art";

export type Category = "tents" | "packs" | "sleep" | "cook";

export interface Product {
  id: string;
  name: string;
  kind: string;
  category: Category;
  /** Whole euros. */
  price: number;
  art: ArtName;
  intro: string;
  sizes: string[];
  facts: [string, string][];
}

export const categories: Record<Category, { title: string; intro: string }> = {
  tents: {
    title: "Tents",
    intro: "Sewn in Keswick from cloth that can be patched. Every pole segment is sold singly.",
  },
  packs: { title: "Packs", intro: "Few seams, strong buckles, backs that fit people rather than tables." },
  sleep: { title: "Sleep", intro: "Warm, quiet and easy to dry. The down is traced to its farm." },
  cook: { title: "Cook", intro: "Small comforts for the end of a long day." },
};

export const products: Product[] = [
  {
    id: "fellwalker-2",
    name: "Fellwalker 2",
    kind: "Two-person tent",
    category: "tents",
    price: 389,
    art: "fellwalker",
    intro:
      "Two people, two porches, one pole to thread. It stands in four minutes and shrugs off a night of west wind.",
    sizes: ["Ember orange", "Lichen"],
    facts: [
      ["Weight", "1.94 kg with pegs"],
      ["Inner", "225 × 130 cm, 105 cm high"],
      ["Fly", "20 D ripstop, 3,000 mm"],
      ["Repairs", "Free for five years"],
    ],
  },
  {
    id: "ridgeline-55",
    name: "Ridgeline 55",
    kind: "Pack, size S to L",
    category: "packs",
    price: 219,
    art: "ridgeline",
    intro: "Fifty-five litres that carry like forty. The hip belt comes off for washing, and comes in three lengths.",
    sizes: ["S", "M", "L"],
    facts: [
      ["Weight", "1.38 kg in M"],
      ["Volume", "55 l, 8 l of it in the lid"],
      ["Cloth", "210 D recycled nylon"],
      ["Repairs", "Free for five years"],
    ],
  },
  {
    id: "moth-lantern",
    name: "Moth lantern",
    kind: "Rechargeable",
    category: "cook",
    price: 46,
    art: "moth",
    intro: "A warm light that moths ignore. Nine hours at full, five nights on low, and a handle that fits a mitten.",
    sizes: [],
    facts: [
      ["Light", "4 to 180 lm, 2,200 K"],
      ["Charge", "USB-C, 2 h 40"],
      ["Weight", "214 g"],
      ["Battery", "Replaceable, 18650"],
    ],
  },
  {
    id: "ullswater-mug",
    name: "Ullswater mug",
    kind: "Enamel, 350 ml",
    category: "cook",
    price: 18,
    art: "ullswater",
    intro: "Steel under glass, so it can stand on the flame. The rim is rolled and kind to lips at minus five.",
    sizes: [],
    facts: [
      ["Holds", "350 ml"],
      ["Weight", "128 g"],
      ["Made in", "Kendal"],
      ["Care", "Dishwasher, but why"],
    ],
  },
  {
    id: "catbells-1",
    name: "Catbells 1",
    kind: "One-person tent",
    category: "tents",
    price: 298,
    art: "catbells",
    intro: "A quiet green arch for one, low enough for ledges and long enough for tall sleepers.",
    sizes: ["Moss"],
    facts: [
      ["Weight", "1.12 kg with pegs"],
      ["Inner", "222 × 85 cm, 92 cm high"],
      ["Fly", "15 D ripstop, 2,500 mm"],
      ["Repairs", "Free for five years"],
    ],
  },
  {
    id: "beck-18",
    name: "Beck 18",
    kind: "Roll-top day pack",
    category: "packs",
    price: 94,
    art: "beck",
    intro: "Closes by rolling, opens with one hand. Dry inside after a ford, and small enough for the train.",
    sizes: ["Slate", "Lichen"],
    facts: [
      ["Weight", "520 g"],
      ["Volume", "18 l"],
      ["Cloth", "Waxed cotton"],
      ["Repairs", "Free for five years"],
    ],
  },
  {
    id: "stonechat-bag",
    name: "Stonechat",
    kind: "Down bag, to −6 °C",
    category: "sleep",
    price: 342,
    art: "stonechat",
    intro: "Seven hundred grams of Cumbrian down in a bag that lets you turn over without taking it along.",
    sizes: ["Regular", "Long"],
    facts: [
      ["Comfort", "−1 °C, limit −6 °C"],
      ["Weight", "1.04 kg"],
      ["Down", "750 cuin, traced"],
      ["Repairs", "Free for five years"],
    ],
  },
  {
    id: "heather-mat",
    name: "Heather mat",
    kind: "Insulated, 8 cm",
    category: "sleep",
    price: 128,
    art: "heather",
    intro: "Thick enough for side sleepers, quiet enough for their neighbours. Patches and glue are in the sack.",
    sizes: ["Regular", "Wide"],
    facts: [
      ["Insulation", "R 4.2"],
      ["Weight", "560 g"],
      ["Packed", "24 × 11 cm"],
      ["Repairs", "Free for five years"],
    ],
  },
  {
    id: "ember-stove",
    name: "Ember stove",
    kind: "Gas, 88 g",
    category: "cook",
    price: 52,
    art: "ember",
    intro: "Boils a litre in under four minutes and simmers porridge without burning it, which is rarer.",
    sizes: [],
    facts: [
      ["Power", "2.6 kW"],
      ["Weight", "88 g"],
      ["Fits", "EN 417 cartridges"],
      ["Repairs", "Free for five years"],
    ],
  },
];
