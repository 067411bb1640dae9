import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { validate } from '../../encoding/schema.ts'
import { duration } from './rotate.ts'

let cli: CommandLine
beforeAll(async () => {
  cli = await commandLine()
}, 30_000)
afterAll(() => cli.dispose())

const kid = (letter: string) => letter.repeat(43)

/** A row as the Worker writes it. The command line never reads the private half. */
const plant = (letter: string, activateAt: number) =>
  cli.write(
    `INSERT INTO signing_keys (kid, issuer, alg, public_jwk, created_at, activate_at,
      key_encryption_key, iv, wrapped_private_key)
    VALUES (?1, 'https://as.example.net', 'ES256', '{}', ?2, ?3, 'kek1', zeroblob(12), zeroblob(64))`,
    kid(letter),
    now - 9000,
    activateAt,
  )

describe('key list and key revoke', () => {
  it('says that there are no keys yet', async () => {
    expect((await cli.run('key', 'list')).err).toContain('no keys yet')
  })

  it('shows the state of each key', async () => {
    await plant('a', now - 9000)
    await plant('b', now - 100)
    await plant('c', now + 600)
    expect((await cli.run('key', 'list', '--json')).json()).toMatchObject({
      keys: [
        { kid: kid('c'), state: 'upcoming', signsFrom: now + 600 },
        { kid: kid('b'), state: 'signing', since: now - 100 },
        { kid: kid('a'), state: 'retired', supersededAt: now - 100 },
      ],
      open_intents: 0,
    })
    const listed = await cli.run('key', 'list')
    expect(listed.out).toMatch(/^c{43} {2}ES256 {2}upcoming {2}2027-01-15 08:10:00Z/m)
    expect(listed.out.split('\n')).toHaveLength(4)
    // These rows are planted, and look like any other.
    expect(listed.err).toMatch(/only the Worker can check.*\n.*GET \/jwks.*key_row_not_authentic/)
  })

  it('revokes once, deletes the private half and writes one audit row', async () => {
    const refused = await cli.run('key', 'revoke', kid('b'))
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining('--yes') })
    const dry = await cli.run('key', 'revoke', kid('b'), '--dry-run')
    expect(dry).toMatchObject({ status: 0, out: expect.stringContaining('key.revoke  bbb') })
    expect((await cli.run('key', 'revoke', kid('b'), '--yes')).out).toBe(`${kid('b')} is revoked`)
    expect((await cli.run('key', 'revoke', kid('b'), '--yes')).out).toContain('already')
    const [row] = await cli.rows(
      'SELECT revoked_at, iv, wrapped_private_key FROM signing_keys WHERE kid = ?1',
      kid('b'),
    )
    expect(row).toEqual({ revoked_at: now, iv: null, wrapped_private_key: null })
    expect(await cli.rows('SELECT what FROM audit WHERE subject = ?1', kid('b'))).toEqual([
      { what: 'key.revoke' },
    ])
    expect((await cli.run('key', 'revoke', kid('z'), '--yes')).err).toContain('there is no key')
  })
})

describe('key rotate and key rewrap', () => {
  const open = () =>
    cli.rows('SELECT what, activate_at FROM key_intents WHERE done_at IS NULL ORDER BY id')

  it('requests a key once, and says that it is not done yet', async () => {
    const dry = await cli.run('key', 'rotate', '--dry-run')
    expect(dry.err).toBe('dry run: nothing was changed')
    expect(await open()).toEqual([])
    const asked = await cli.run('key', 'rotate', '--activate-in', '2h', '--wait', '1')
    expect(asked).toMatchObject({
      status: 0,
      out: expect.stringContaining('signs from 2027-01-15 10:00:00Z; not done yet'),
    })
    expect(await open()).toEqual([{ what: 'generate', activate_at: now + 7200 }])
    expect(await cli.run('key', 'rotate')).toMatchObject({
      status: 1,
      err: expect.stringContaining('requested before'),
    })
    expect(await open()).toHaveLength(1)
    expect(await cli.rows("SELECT count(*) AS n FROM audit WHERE what = 'key.rotate'")).toEqual([
      { n: 1 },
    ])
    expect((await cli.run('key', 'list')).err).toContain('1 request to the Worker not done yet')
  })

  it('waits until the Worker has done it', async () => {
    await cli.write("UPDATE key_intents SET done_at = ?1, outcome = 'x'", now)
    // A trigger in place of the Worker: it fulfils every request from now on.
    await cli.write(`CREATE TRIGGER worker AFTER INSERT ON key_intents BEGIN
      UPDATE key_intents SET done_at = ${now}, outcome = 'the outcome' WHERE id = NEW.id; END`)
    const rotated = await cli.run('key', 'rotate', '--activate-in', '0')
    expect(rotated).toMatchObject({
      status: 0,
      out: expect.stringContaining('new key the outcome: published'),
    })
    expect(rotated.err).toContain('refuse its tokens until they fetch it again')
    const rewrapped = await cli.run('key', 'rewrap', '--json')
    expect(rewrapped.json()).toMatchObject({ what: 'rewrap', done: true, outcome: 'the outcome' })
  })

  it('refuses a duration in another unit', async () => {
    expect((await cli.run('key', 'rotate', '--activate-in', '2 weeks')).status).toBe(2)
    expect((await cli.run('key', 'rewrap', '--wait', '-1')).status).toBe(2)
  })
})

describe('a duration', () => {
  const cases: [text: string, seconds: number | null][] = [
    ['0', 0],
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
    ['1d', 86_400],
    ['', null],
    ['m', null],
    ['-5m', null],
    ['1.5h', null],
    ['1w', null],
  ]
  it.each(cases)('%j is %j', (text, seconds) => {
    const parsed = validate(duration, text)
    expect(parsed.ok ? parsed.value : null).toBe(seconds)
  })
})
