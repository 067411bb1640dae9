/** What is mutated, and by which tests. */
export interface MutatedFolder {
  /** A folder of src/. */
  readonly name: string
  /** The tests that should notice a change in it: its own, and those of its users. */
  readonly tests: readonly string[]
  /** Its share of a sample: about its share of all mutants, and at least a tenth. */
  readonly share: number
}

/** Tests over HTTP. Left out: storage.test.ts counts requests in a minute, too slow for a mutant. */
const requests = [
  'test/worker/{bad,client,extended,odd,proxies,revocation,self,stored}*.test.ts',
  'test/worker/{certificate,introspect,issued,issuing,oidf,token,verification}*.test.ts',
]

export const mutatedFolders: readonly MutatedFolder[] = [
  {
    name: 'authentication',
    tests: ['src/authentication/**/*.test.ts', ...requests],
    share: 0.1,
  },
  {
    name: 'certificate',
    tests: [
      'src/certificate/**/*.test.ts',
      'src/authentication/**/*.test.ts',
      'src/resource-server/**/*.test.ts',
      'src/config.test.ts',
      ...requests,
    ],
    share: 0.2,
  },
  {
    name: 'oauth',
    tests: ['src/{oauth,endpoints,grants,http}/**/*.test.ts', 'src/config.test.ts', ...requests],
    share: 0.1,
  },
  {
    name: 'tokens',
    tests: ['src/{tokens,resource-server,issued-tokens}/**/*.test.ts', ...requests],
    share: 0.1,
  },
  {
    name: 'x509',
    tests: ['src/{x509,authentication,revocation,certificate}/**/*.test.ts', ...requests],
    share: 0.5,
  },
]
