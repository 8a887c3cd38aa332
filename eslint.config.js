import { readFileSync } from 'node:fs';
import nx from '@nx/eslint-plugin';
import { createProjectGraphAsync } from 'nx/src/devkit-exports.js';
import tseslint from 'typescript-eslint';

/*
 * Only what Biome cannot do: rules that need types, and Nx's module boundaries. The arrows are read from the one table
 * that test/architecture uses too.
 */
const rooms = JSON.parse(readFileSync(new URL('./test/architecture/rooms.json', import.meta.url), 'utf8'));

// The boundaries rule skips itself, with a mere warning, when Nx has not yet stored its graph; so it is stored first.
await createProjectGraphAsync();

const tag = (room) => `room:${room}`;
const depConstraints = Object.entries(rooms).map(([room, below]) => ({
  sourceTag: tag(room),
  onlyDependOnLibsWithTags: [room, ...below].map(tag),
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/out/**', '.nx/**', '**/*.js'] },
  {
    files: ['**/*.ts'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      parser: tseslint.parser,
      // One program for the whole tree, tests included: a program for each package would read the same files 16 times.
      parserOptions: { project: ['./tsconfig.check.json'], tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts', 'examples/**/*.ts'],
    // A room's tests may use the testkit, which stands above it; test/architecture holds them to that one exception.
    ignores: ['**/*.test.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { allow: [], depConstraints, enforceBuildableLibDependency: false }],
    },
  },
);
