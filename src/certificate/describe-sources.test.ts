import { describe, expect, it } from 'vitest'
import { describeSources, sourceHeaders } from './describe-sources.ts'
import type { SourceSettings } from './source-settings.ts'

const credential = { header: 'X-Proof', values: ['secret'] }
const certificate = { by: 'thumbprint', thumbprints: ['x'] } as const
const header = 'Cert-9f86d081884c7d659a2feaa0c55ad015'
const edge = { host: 'as.example.com', source: 'cloudflare', hop: [], header_chosen: false }

/** The edge at the ordinary host, and another source at the one that asks for certificates. */
function settings(
  source: 'cloudflare' | 'nginx' | 'haproxy' | 'envoy' | 'connect2id',
  change: Partial<SourceSettings> = {},
): SourceSettings {
  const sources = new Map([
    ['as.example.com', 'cloudflare'],
    ['mtls.example.com', source],
  ] as const)
  return { sources, header: null, proxy: null, addressHeader: null, ...change }
}

describe('the description for the log', () => {
  it.each<[settings: SourceSettings, hop: string[], chosen: boolean]>([
    [settings('nginx'), ['header_name_alone'], false],
    [settings('nginx', { header }), ['header_name_alone'], true],
    [settings('envoy', { header }), ['header_name_alone'], false],
    [settings('nginx', { proxy: { credential, certificate: null } }), ['credential'], false],
    [settings('nginx', { proxy: { credential: null, certificate } }), ['certificate'], false],
    [
      settings('nginx', { header, proxy: { credential, certificate } }),
      ['credential', 'certificate'],
      true,
    ],
  ])('%o', (given, hop, header_chosen) => {
    const source = given.sources.get('mtls.example.com')
    expect(describeSources(given)).toEqual([
      edge,
      { host: 'mtls.example.com', source, hop, header_chosen },
    ])
  })

  it('has no proof and no header for the edge in any configuration', () => {
    const given = settings('cloudflare', { header, proxy: { credential, certificate } })
    expect(describeSources(given)).toEqual([edge, { ...edge, host: 'mtls.example.com' }])
  })
})

describe('the headers that are read', () => {
  const proxy = { credential, certificate: null }
  it.each<[settings: SourceSettings, names: string[]]>([
    [settings('cloudflare', { proxy, addressHeader: 'X-Real-IP' }), []],
    [settings('nginx'), ['X-Client-Cert']],
    [settings('nginx', { header }), [header]],
    [settings('haproxy'), ['X-Client-Cert', 'X-Client-Cert-Chain']],
    [settings('haproxy', { header }), [header, `${header}-Chain`]],
    [settings('envoy', { header }), ['x-forwarded-client-cert']],
    [settings('connect2id'), []],
    [settings('connect2id', { header }), [header]],
    [settings('nginx', { proxy }), ['X-Client-Cert', 'X-Proof']],
    [settings('nginx', { proxy: { credential: null, certificate } }), ['X-Client-Cert']],
    [
      settings('nginx', { proxy, addressHeader: 'X-Real-IP' }),
      ['X-Client-Cert', 'X-Proof', 'X-Real-IP'],
    ],
  ])('%o', (given, names) => expect(sourceHeaders(given)).toEqual(names))
})
