import { describe, expect, it } from 'vitest'
import { crlOf } from '../../test/support/worker/crls.ts'
import { freshDatabase } from '../../test/support/worker/database.ts'
import { addAnchors, mintAuthority } from '../../test/support/worker/partners.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { d1Database } from '../storage/database.ts'
import { problemText, refreshSource } from './refresh-crls.ts'

const now = 1_800_000_000
const url = 'http://crl.example/a.crl'
const authority = await mintAuthority('Acme', now)
const crl = await crlOf(authority.root, now)

/** Fetches the CRL where `answers` has an answer, and returns the status or the problem. */
async function refresh(answers: Readonly<Record<string, () => Response>>): Promise<string> {
  const db = await freshDatabase()
  await addAnchors(db, 'acme-ca', authority.root.der)
  const source = { set: 'acme-ca', url, nextAttemptAt: 0, hosts: ['crl.example', 'cdn.example'] }
  const installed = await refreshSource(source, {
    database: d1Database(db),
    fetcher: async (asked) => answers[asked]?.() ?? new Response(null, { status: 404 }),
    now,
    maxSize: crl.length,
    octetsPerBatch: 1 << 19,
  })
  return installed.ok ? installed.value.status : problemText(installed.error)
}

const answer = (body: Bytes) => () => new Response(body)
const to = (location: string) => () => new Response(null, { status: 302, headers: { location } })

describe('a CRL is fetched', () => {
  it.each<[name: string, answers: Readonly<Record<string, () => Response>>, outcome: string]>([
    ['over http', { [url]: answer(crl) }, 'stored'],
    [
      'through a redirect to an allowed host',
      {
        [url]: to('https://cdn.example/b'),
        'https://cdn.example/b': answer(crl),
      },
      'stored',
    ],
    [
      'not from another host',
      {
        [url]: to('https://other.example/b'),
        'https://other.example/b': answer(crl),
      },
      'host_not_allowed host=other.example',
    ],
    [
      'not if it is too large',
      { [url]: answer(new Uint8Array(crl.length + 1)) },
      `list_too_large limit=${crl.length}`,
    ],
    ['not from an error page', {}, 'status status=404'],
    ['and verified', { [url]: answer(new Uint8Array(10)) }, 'malformed_list '],
  ])('%s', async (_, answers, outcome) => {
    expect((await refresh(answers)).startsWith(outcome)).toBe(true)
  })
})
