import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const onlyBridge = {
  group: ["**/wailsjs/**"],
  message: "Only src/bridge imports wailsjs.",
};

export default ts.config(
  { ignores: ["dist/**", "wailsjs/**", "node_modules/**"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      "no-undef": "off",
      "no-restricted-imports": ["error", { patterns: [onlyBridge] }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-invalid-void-type": "off",
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
    rules: {
      "svelte/no-at-html-tags": "error",
      "svelte/require-each-key": "error",
      // State here is replaced whole, so plain Maps and Sets inside it never change.
      "svelte/prefer-svelte-reactivity": "off",
    },
  },
  { files: ["src/bridge/**"], rules: { "no-restricted-imports": "off" } },
  { files: ["scripts/**", "e2e/**", "*.config.*"], rules: { "no-console": "off" } },
  {
    files: ["**/*.test.ts", "**/testing/**"],
    rules: { "@typescript-eslint/no-empty-function": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
