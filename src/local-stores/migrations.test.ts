import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unstable_splitSqlQuery as splitSqlQuery } from 'wrangler'
import {
  type MemoryDatabases,
  openMemoryDatabase,
} from '../../test/support/node/memory-database.ts'
import { type Database, query, statement } from '../storage/database.ts'
import { schemaVersion } from '../storage/schema-version.ts'
import {
  inspectSchema,
  type Migration,
  readMigrations,
  splitSql,
  upgradeSchema,
} from './migrations.ts'
import { migrationsFolder, projectRoot } from './project-root.ts'

const migration = (name: string, ...statements: readonly string[]): Migration => ({
  name,
  statements,
})

const one = migration(
  '0001_a.sql',
  'CREATE TABLE schema_version (version INTEGER, compatible_from INTEGER)',
  'INSERT INTO schema_version VALUES (1, 1)',
)
const two = migration(
  '0002_b.sql',
  'CREATE TABLE things (name TEXT)',
  'UPDATE schema_version SET version = 2',
)
const three = migration('0003_c.sql', 'UPDATE schema_version SET version = 3')

describe('upgradeSchema', () => {
  let memory: MemoryDatabases
  let database: Database
  let used = 0
  beforeAll(async () => {
    memory = await openMemoryDatabase(8)
  }, 30_000)
  afterAll(() => memory.dispose())
  beforeEach(() => {
    database = memory.databases[used++] ?? memory.database
  })

  const status = (...migrations: readonly Migration[]) => inspectSchema(database, migrations)
  const upgrade = (...migrations: readonly Migration[]) => upgradeSchema(database, migrations)

  it('brings an older database to the newest version', async () => {
    await upgrade(one)
    expect(await status(one, two, three)).toEqual({
      ok: true,
      value: {
        installed: { version: 1, compatibleFrom: 1 },
        applied: ['0001_a.sql'],
        pending: ['0002_b.sql', '0003_c.sql'],
      },
    })
    expect(await upgrade(one, two, three)).toMatchObject({
      ok: true,
      value: { installed: { version: 3 }, added: ['0002_b.sql', '0003_c.sql'], pending: [] },
    })
  })

  it('does not change a newer database', async () => {
    await upgrade(one, two, three)
    expect(await upgrade(one)).toMatchObject({
      ok: true,
      value: { installed: { version: 3 }, added: [], pending: [] },
    })
  })

  it('rolls back a migration that fails in the middle, and continues with it', async () => {
    const broken = { ...two, statements: [...two.statements, 'INSERT INTO nowhere VALUES (1)'] }
    expect(await upgrade(one, broken, three)).toMatchObject({
      ok: false,
      error: {
        why: 'migration_failed',
        name: '0002_b.sql',
        cause: { message: expect.stringContaining('no such table: nowhere') },
      },
    })
    expect(await query(database, "SELECT 1 FROM sqlite_master WHERE name = 'things'")).toEqual([])
    expect(await status(one, two, three)).toMatchObject({
      value: { installed: { version: 1 }, pending: ['0002_b.sql', '0003_c.sql'] },
    })
    expect(await upgrade(one, two, three)).toMatchObject({
      ok: true,
      value: { installed: { version: 3 }, added: ['0002_b.sql', '0003_c.sql'] },
    })
  })

  it('applies a migration once if two processes do it at the same time', async () => {
    const counted = migration('0002_b.sql', 'UPDATE schema_version SET version = version + 1')
    await upgrade(one)
    const outcomes = await Promise.all([upgrade(one, counted), upgrade(one, counted)])
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true])
    expect(await query(database, 'SELECT version FROM schema_version')).toEqual([{ version: 2 }])
  })

  it('refuses a migration that does not write its version', async () => {
    expect(await upgrade(one, migration('0002_b.sql', 'CREATE TABLE things (name TEXT)'))).toEqual({
      ok: false,
      error: { why: 'not_recorded', version: 1, applied: ['0001_a.sql', '0002_b.sql'] },
    })
  })

  it('refuses a migration that was skipped', async () => {
    await upgrade(one)
    await database.batch([
      statement("INSERT INTO d1_migrations (name) VALUES ('0003_c.sql')"),
      statement('UPDATE schema_version SET version = 3'),
    ])
    expect(await upgrade(one, two, three)).toMatchObject({
      ok: false,
      error: { why: 'not_recorded', version: 3 },
    })
  })
})

describe('readMigrations', () => {
  it('reads the SQL files of a folder in their order', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certbound-migrations-'))
    await writeFile(join(folder, '0010_b.sql'), 'SELECT 2;')
    await writeFile(join(folder, '0002_a.sql'), 'SELECT 1; SELECT 3;')
    await writeFile(join(folder, 'notes.md'), 'no SQL')
    const read = await readMigrations(folder)
    await rm(folder, { recursive: true })
    expect(read).toEqual([
      { name: '0002_a.sql', statements: ['SELECT 1', 'SELECT 3'] },
      { name: '0010_b.sql', statements: ['SELECT 2'] },
    ])
  })

  it.each<[name: string, sql: string, statements: readonly string[]]>([
    [
      'a semicolon in a text',
      "INSERT INTO a VALUES ('x;--y'); SELECT 1",
      ["INSERT INTO a VALUES ('x;--y')", 'SELECT 1'],
    ],
    ['a comment with a semicolon', "SELECT 1 -- one; two\n; -- the end; it's\n", ['SELECT 1']],
    ['no statement', ' ; -- nothing\n;', []],
    [
      'a trigger',
      'CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; DELETE FROM b; END;\nSELECT 1;',
      [
        'CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; DELETE FROM b; END',
        'SELECT 1',
      ],
    ],
  ])('splits %s', (_, sql, statements) => expect(splitSql(sql)).toEqual(statements))
})

// The rest of this file holds the migrations, schema.sql and the code to one another.

const execute = (statements: readonly string[]): DatabaseSync => {
  const db = new DatabaseSync(':memory:')
  for (const sql of statements) db.exec(sql)
  return db
}

describe('the migrations of this version', async () => {
  const migrations = await readMigrations()
  const schema = splitSql(await readFile(join(projectRoot, 'schema.sql'), 'utf8'))

  it('are numbered from 1, and the last number is schemaVersion', () => {
    expect(
      migrations.map(({ name }) => Number(/^(\d{4})_[a-z0-9_-]+\.sql$/.exec(name)?.[1])),
    ).toEqual(Array.from({ length: schemaVersion }, (_, i) => i + 1))
  })

  it('each write their number as version, and never a lower compatible_from', () => {
    const db = new DatabaseSync(':memory:')
    let before = 1
    for (const [i, { statements }] of migrations.entries()) {
      for (const sql of statements) db.exec(sql)
      const rows = db.prepare('SELECT version, compatible_from FROM schema_version').all()
      expect(rows).toMatchObject([{ version: i + 1 }])
      const compatibleFrom = Number(rows[0]?.compatible_from)
      expect(compatibleFrom).toBeGreaterThanOrEqual(before)
      before = compatibleFrom
    }
  })

  it('are split as wrangler splits them', async () => {
    const bare = (sql: string) => splitSql(`${sql};`).map((one) => one.replace(/\s+/g, ' '))
    for (const { name, statements } of migrations) {
      const text = await readFile(join(migrationsFolder, name), 'utf8')
      expect(statements.map((one) => one.replace(/\s+/g, ' '))).toEqual(
        splitSqlQuery(text).flatMap(bare),
      )
    }
  })

  const NAMES = 'SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name'
  const SQL = "SELECT name, sql FROM sqlite_master WHERE type <> 'table' ORDER BY name"
  const TABLES =
    "SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main' ORDER BY name"
  const COLUMNS = `SELECT t.name AS of, x.* FROM pragma_table_list t, pragma_table_xinfo(t.name) x
    WHERE t.schema = 'main' ORDER BY t.name, x.cid`
  const INDEXES = `SELECT t.name AS of, i.name, i."unique", i.origin, i.partial,
      (SELECT json_group_array(c.name) FROM pragma_index_info(i.name) c) AS columns
    FROM pragma_table_list t, pragma_index_list(t.name) i WHERE t.schema = 'main' ORDER BY 1, 2`
  const KEYS = `SELECT t.name AS of, k.* FROM pragma_table_list t, pragma_foreign_key_list(t.name) k
    WHERE t.schema = 'main' ORDER BY t.name, k.id, k.seq`
  it.each([NAMES, SQL, TABLES, COLUMNS, INDEXES, KEYS])('add up to schema.sql: %s', (sql) => {
    const plain = (statements: readonly string[]) =>
      JSON.parse(JSON.stringify(execute(statements).prepare(sql).all()).replace(/(\\n|\s)+/g, ' '))
    expect(plain(migrations.flatMap(({ statements }) => statements))).toEqual(plain(schema))
  })

  const set = { name: 'acme', version: 1, created_at: 1 }
  const client = {
    client_id: 'acme',
    version: 1,
    enabled: 1,
    client_name: 'Acme',
    token_endpoint_auth_method: 'tls_client_auth',
    trust_anchor_set: 'acme',
    subject_attribute: 'tls_client_auth_subject_dn',
    subject_value: 'CN=a',
    subject_key: 'a',
    jwks: null,
    scope: '',
    resources: '[]',
    tls_client_certificate_bound_access_tokens: 1,
    created_at: 1,
    updated_at: 1,
  }
  const hash = '0'.repeat(64)
  const kid = 'k'.repeat(43)
  const key = {
    kid,
    issuer: 'https://as.example.com',
    alg: 'ES256',
    public_jwk: '{}',
    created_at: 1,
    activate_at: 1,
    key_encryption_key: 'a',
    iv: new Uint8Array(12),
    wrapped_private_key: new Uint8Array(100),
  }
  const anchor = {
    set_name: 'acme',
    sha256: hash,
    certificate: new Uint8Array(1),
    subject: 'CN=a',
    not_after: 1,
    added_at: 1,
  }
  const token = {
    sha256: kid,
    issuer: 'i',
    client_id: 'acme',
    jti: 'j',
    aud: '[]',
    scope: '',
    iat: 1,
    exp: 2,
  }
  const source = {
    set_name: 'acme',
    url: 'http://a.example/',
    origin: 'operator',
    added_at: 1,
    next_attempt_at: 1,
  }
  type Value = string | number | null | Uint8Array
  type Cells = Readonly<Record<string, Value>>
  const rows: [table: string, row: Cells, refused: Cells, accepted: Cells][] = [
    [
      'schema_version',
      { version: 2, compatible_from: 1 },
      { compatible_from: 3 },
      { compatible_from: 2 },
    ],
    ['trust_anchor_sets', { ...set, name: 'b' }, { name: '' }, { name: 'b' }],
    ['trust_anchor_sets', { ...set, name: 'b' }, { name: 'acme' }, { name: 'c' }],
    ['trust_anchor_sets', { ...set, name: 'b' }, { version: 0 }, { version: 1 }],
    ['trust_anchor_sets', { ...set, name: 'b' }, { version: 'one' }, { version: 2 }],
    ['trust_anchor_sets', { ...set, name: 'b' }, { crl_hosts: '[' }, { crl_hosts: '[]' }],
    [
      'trust_anchor_sets',
      { ...set, name: 'b' },
      { revocation: null },
      { revocation: 'a new policy' },
    ],
    ['trust_anchors', anchor, { set_name: 'nowhere' }, {}],
    [
      'trust_anchors',
      anchor,
      { sha256: hash.replace(/0$/, 'G') },
      { sha256: hash.replace(/0$/, 'f') },
    ],
    ['trust_anchors', anchor, { certificate: 'text' }, {}],
    [
      'trust_anchors',
      anchor,
      { certificate: new Uint8Array(65_537) },
      { certificate: new Uint8Array(65_536) },
    ],
    ['trust_set_intermediates', anchor, { set_name: 'nowhere' }, {}],
    ['crl_sources', source, { url: '' }, { origin: 'a new origin' }],
    [
      'clients',
      { ...client, subject_key: 'b', client_id: 'b' },
      { client_id: 'acme' },
      { client_id: 'b:1' },
    ],
    [
      'clients',
      { ...client, subject_key: 'b', client_id: 'b' },
      { subject_key: 'a' },
      { subject_key: 'c' },
    ],
    [
      'clients',
      { ...client, client_id: 'b' },
      { subject_key: 'a' },
      { subject_attribute: 'tls_client_auth_san_dns' },
    ],
    [
      'clients',
      { ...client, client_id: 'b' },
      { trust_anchor_set: 'nowhere', subject_key: 'b' },
      { trust_anchor_set: null },
    ],
    ['clients', { ...client, client_id: 'b', subject_key: 'b' }, { enabled: 2 }, { enabled: 0 }],
    [
      'clients',
      { ...client, client_id: 'b', subject_key: 'b' },
      { token_endpoint_auth_method: null },
      { token_endpoint_auth_method: 'a new method' },
    ],
    ['clients', { ...client, client_id: 'b', subject_key: 'b' }, { jwks: '{' }, { jwks: '{}' }],
    [
      'clients',
      { ...client, client_id: 'b', subject_key: 'b' },
      { scope: 'a'.repeat(65_537) },
      { scope: 'a'.repeat(65_536) },
    ],
    ['revoked_tokens', { jti: 'j', client_id: 'acme', exp: 2, revoked_at: 1 }, { jti: '' }, {}],
    ['opaque_tokens', token, { sha256: 'short' }, { thumbprint: kid }],
    ['opaque_tokens', token, { thumbprint: 'short' }, { thumbprint: null }],
    ['signing_keys', key, { kid: `${kid}k` }, { alg: 'a new algorithm' }],
    [
      'signing_keys',
      key,
      { revoked_at: 2 },
      { revoked_at: 2, iv: null, wrapped_private_key: null },
    ],
    ['signing_keys', key, { revoked_at: 2, iv: null }, { revoked_at: null }],
    ['key_intents', { what: 'generate', requested_at: 1 }, { what: null }, { what: 'a new task' }],
    ['audit', { at: 1, who: 'w', what: 'x', subject: 's' }, { after: '{' }, { after: '{}' }],
  ]
  describe.each([
    ['schema.sql', schema],
    ['the migrations', migrations.flatMap(({ statements }) => statements)],
  ])('in %s', (_, statements) => {
    const insert = (db: DatabaseSync, table: string, row: Cells) =>
      db
        .prepare(
          `INSERT INTO ${table} (${Object.keys(row).join()}) VALUES (${Object.keys(row)
            .map(() => '?')
            .join()})`,
        )
        .run(...Object.values(row))
    const prepared = () => {
      const db = execute(statements)
      db.exec('PRAGMA foreign_keys = on')
      insert(db, 'trust_anchor_sets', set)
      insert(db, 'clients', client)
      return db
    }
    it.each(rows)('%s: %o refuses %o, accepts %o', (table, row, refused, accepted) => {
      expect(() => insert(prepared(), table, { ...row, ...refused })).toThrow(
        /constraint failed|cannot store/,
      )
      expect(insert(prepared(), table, { ...row, ...accepted })).toMatchObject({ changes: 1 })
    })
  })
})
