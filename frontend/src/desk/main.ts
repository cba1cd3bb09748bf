import "@fontsource-variable/inter/opsz.css";
import "../shared/tokens.css";
import "../shared/base.css";
import "../shared/controls.css";
import { connect } from "$bridge";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("desk");
if (target) mount(App, { target, props: { bridge: connect(), storage: localStorage } });
