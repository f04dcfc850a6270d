import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "typechain-types/",
      "artifacts/",
      "sdk/dist/",
      "cache/",
      "coverage/",
      ".coverage/",
      ".forge/",
      ".venv/",
      "deploy/deployments/",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Amounts and ids are bigints and numbers; writing String() around each in a message hides the message.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "ExportDefaultDeclaration",
          message: "Export by name: a default export has a different name in every file that imports it.",
        },
      ],
    },
  },
  {
    files: ["deploy/**/*.ts", "examples/**/*.ts", "market/**/*.ts", "scripts/**/*.ts", "sdk/**/*.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "/typechain-types$",
              allowTypeImports: true,
              message: "Import bindings from sdk/bindings.ts: this index loads those of all test contracts too.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Chai's assertions are properties (`to.be.true`), and a test knows what it has just arranged.
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    // Hardhat finds its configuration, and Ignition a module, as the default export.
    files: ["**/*.config.ts", "deploy/**/*.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    files: ["**/*.js", "scripts/solc"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { module: "writable", require: "readonly", process: "readonly", console: "readonly" },
    },
  },
  {
    // The explorer's own scripts, which browsers run as they stand.
    files: ["market/explorer/assets/**/*.js"],
    languageOptions: {
      sourceType: "module",
      globals: Object.fromEntries(
        [
          "AbortController",
          "AbortSignal",
          "DOMException",
          "Element",
          "EventSource",
          "FormData",
          "HTMLElement",
          "HTMLScriptElement",
          "Node",
          "ResizeObserver",
          "TextDecoder",
          "TextEncoder",
          "URL",
          "URLSearchParams",
          "addEventListener",
          "clearTimeout",
          "document",
          "fetch",
          "history",
          "localStorage",
          "location",
          "navigator",
          "scrollTo",
          "scrollY",
          "setInterval",
          "setTimeout",
        ].map((name) => [name, "readonly"]),
      ),
    },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error" },
  },
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
);
