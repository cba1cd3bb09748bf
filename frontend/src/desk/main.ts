import "@fontsource-variable/inter/opsz.css";
import "../shared/tokens.css";
import "../shared/base.css";
import "../shared/controls.css";
import { connect } from "$bridge";
import { mount } from "svelte";
import App from "./App.svelte";

// Without its font, text would be laid out twice, and first in one that the
// system has to look for.
await document.fonts.load('1em "Inter Variable"').catch(() => undefined);
const target = document.getElementById("desk");
if (target) mount(App, { target, props: { bridge: connect(), storage: localStorage } });
