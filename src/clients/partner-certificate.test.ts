import { describe, expect, it } from 'vitest'
import { reversedName } from './partner-certificate.ts'

describe('reversedName', () => {
  const cases: [name: string, meant: string | null][] = [
    ['C=DE, O=Acme, CN=x', 'CN=x,O=Acme,C=DE'],
    ['2.5.4.6=DE,commonName=x', 'commonName=x,2.5.4.6=DE'],
    ['DC=com,DC=example,CN=x', 'CN=x,DC=example,DC=com'],
    ['c=DE,o=Acme\\, Ltd,cn=a\\2cb', 'cn=a\\2cb,o=Acme\\, Ltd,c=DE'],
    ['CN=x,O=Acme,C=DE', null],
    ['CN=x,DC=example,DC=com', null],
    ['O=Acme,CN=x', null],
    ['C=DE,O=Acme', null],
    ['C=DE', null],
    ['O=a\\,C=DE,CN=x', null],
  ]
  it.each(cases)('%s', (name, meant) => {
    expect(reversedName(name)).toBe(meant)
  })
})
