import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['src/generated/', 'var/', 'node_modules/'] },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
  },
  {
    files: ['public/*.js'],
    languageOptions: { parserOptions: { project: 'tsconfig.browser.json' } },
  },
  {
    files: ['**/*.ts', 'public/*.js'],
    extends: [tseslint.configs.recommended],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      // Express 5 forwards a rejected handler by itself, so a handler may be async.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      // typeof import('…') has no other form.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
)
