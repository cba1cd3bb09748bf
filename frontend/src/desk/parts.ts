// What the window's first screen does without, as one piece of code: see later.svelte.ts.
export { DropdownMenu } from "bits-ui";
export { default as Locked } from "./access/Locked.svelte";
export { default as SignIn } from "./access/SignIn.svelte";
export { default as EmojiPicker } from "./composer/EmojiPicker.svelte";
export { default as ImageView } from "./conversation/ImageView.svelte";
export { default as WrapUp } from "./conversation/WrapUp.svelte";
export { default as Quit } from "./frame/Quit.svelte";
export { default as Shortcuts } from "./frame/Shortcuts.svelte";
export { default as Park } from "./handling/Park.svelte";
export { default as Pull } from "./handling/Pull.svelte";
export { default as Transfer } from "./handling/Transfer.svelte";
export { default as Palette } from "./palette/Palette.svelte";
export { default as Settings } from "./settings/Settings.svelte";
export { default as Board } from "./supervisor/Board.svelte";
