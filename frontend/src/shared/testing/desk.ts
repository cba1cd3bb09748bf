import { render } from "@testing-library/svelte";
import { tick } from "svelte";
import { FakeCore, scene, type Scene } from "../../bridge/fake";
import App from "../../desk/App.svelte";
import { later } from "../../desk/later.svelte";
import "../../desk/parts"; // so that no test waits for them to be compiled

/** openDesk renders the whole desk over a fake core in a scene. */
export async function openDesk(name: Scene, change: (core: FakeCore) => void = () => undefined) {
  const core = new FakeCore(scene(name, Date.now()));
  change(core);
  await later.load();
  const view = render(App, { bridge: core });
  await settled();
  return { core, ...view };
}

/** settled waits until what was pushed is on the page. */
export async function settled(): Promise<void> {
  await Promise.resolve();
  await tick();
  await new Promise((done) => requestAnimationFrame(done));
  await tick();
}

/** called gives the arguments of the calls that the window made by a name. */
export function called(core: FakeCore, name: string): unknown[][] {
  return core.calls.filter(([each]) => each === name).map(([, ...args]) => args);
}
