import { configure, render } from "@testing-library/svelte";
import { vi } from "vitest";
import { FakeCore, scene, type Scene } from "../../../bridge/fake";
import { settled } from "../../../shared/testing/desk";
import { later } from "../../later.svelte";
import Stage from "./Stage.svelte";

// Asking jsdom whether each element is visible costs most of a test's time.
configure({ defaultHidden: true });
vi.setConfig({ testTimeout: 30_000 });

/** open renders the conversation that a scene shows, over a fake core. */
export async function open(name: Scene): Promise<{ core: FakeCore }> {
  const core = new FakeCore(scene(name, Date.now()));
  await later.load();
  render(Stage, { bridge: core });
  await settled();
  await settled();
  return { core };
}
