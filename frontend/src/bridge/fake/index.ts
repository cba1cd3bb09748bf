import type { Bridge } from "../bridge";
import { FakeCore } from "./core";
import { scene, scenes, type Scene } from "./scenes";

export { FakeCore } from "./core";
export { scene, scenes, type Scene } from "./scenes";
export type { Bridge } from "../bridge";

/**
 * connect gives a bridge to a scripted core. The address chooses: ?scene=main,
 * &theme=dark, &density=compact, &dir=rtl, &size=125.
 */
export function connect(): Bridge {
  const query = new URLSearchParams(location.search);
  const name = scenes.find((each) => each === query.get("scene")) ?? ("main" satisfies Scene);
  const state = scene(name, Date.now());
  const settings = state.push.settings;
  state.push.settings = {
    ...settings,
    theme: query.get("theme") ?? settings.theme,
    density: query.get("density") ?? settings.density,
    textSize: Number(query.get("size") ?? settings.textSize),
  };
  if (query.get("dir") === "rtl") document.documentElement.dir = "rtl";
  return new FakeCore(state);
}
