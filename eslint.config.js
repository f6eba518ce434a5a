import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const TYPED = ['lib/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'];

/** What Node gives to the plain scripts, which no type checker sees. */
const NODE_GLOBALS = Object.fromEntries(
  [
    ...['process', 'console', 'Buffer', 'URL', 'fetch', 'performance', 'require', 'module'],
    ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate'],
  ].map((name) => [name, 'readonly']),
);

export default defineConfig(
  { ignores: ['dist/', '.tap/', '.build/', 'node_modules/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [js.configs.recommended],
    languageOptions: { globals: NODE_GLOBALS },
  },
  {
    files: TYPED,
    extends: [
      js.configs.recommended,
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      // tsconfig's noPropertyAccessFromIndexSignature asks for brackets where this rule asks for a dot.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // A number or a boolean in a message is what it looks like; objects stay forbidden.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A handler may have nothing to do; an empty method of an interface's implementation says so.
      '@typescript-eslint/no-empty-function': 'off',
      // Callbacks in one line read better than with a block around a call that returns nothing.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // An assertion is allowed where its reason stands beside it (docs/architecture.md), which no rule can see.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Parsers and protocol code test for control characters.
      'no-control-regex': 'off',
      // A loop that ends by return or break is the clearest form of many parsers.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // tap's t.test returns a promise that tap itself waits for.
      '@typescript-eslint/no-floating-promises': 'off',
      // Helpers of tests give objects whose functions stand alone, to be taken apart.
      '@typescript-eslint/unbound-method': 'off',
      // A test function may be async for tap's sake.
      '@typescript-eslint/require-await': 'off',
    },
  },
);
