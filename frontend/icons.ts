import type { Plugin } from "vite";

const file = /@lucide\/svelte\/dist\/icons\/[\w-]+\.svelte$/;

interface Data {
  node: [tag: string, attributes: Record<string, string>][];
}

/**
 * icons makes each Lucide icon plain markup that takes a class. Lucide's own
 * component builds every icon from data as it is mounted, with more props than
 * any of ours has: that was a quarter of the script behind the first screen.
 */
export function icons(): Plugin {
  return {
    name: "icons",
    enforce: "pre",
    transform(code, id) {
      if (!file.test(id)) return undefined;
      const data = /const iconData = (\{.*\});/.exec(code)?.[1];
      if (!data) throw new Error(`${id} is written in another way than it was`);
      return { code: component(JSON.parse(data) as Data), map: null };
    },
  };
}

function component({ node }: Data): string {
  const shapes = node.map(([tag, attributes]) => {
    const written = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
    return `<${tag} ${written.join(" ")} />`;
  });
  return (
    `<script lang="ts">const { class: name = "" }: { class?: string } = $props();</script>` +
    `<svg class={name} viewBox="0 0 24 24" aria-hidden="true">${shapes.join("")}</svg>`
  );
}
