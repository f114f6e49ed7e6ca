import tseslint from 'typescript-eslint';

// Biome formats and lints; ESLint adds only what needs types: the mistakes people make with promises.
export default tseslint.config(
  {
    ignores: ['**/dist/', '**/.tsbuild/', '**/coverage/', '**/fixtures/', 'docs/api/'],
  },
  {
    files: ['packages/*/{src,test}/**/*.ts', '{test,bench,examples,demo}/**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unnecessary-condition': 'error',
    },
  },
);
