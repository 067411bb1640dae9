-- The tables of Certbound as they are after all files of migrations/; a test holds the two equal.
-- No tool runs this file: `npx certbound schema upgrade` applies the migrations, one by one.
-- A CHECK here protects what will never change (types, JSON, sizes). Which methods, algorithms and
-- settings exist is for the parsers in src/: a new one must not rebuild a table.
-- Times are seconds since the epoch. JSON is text.

-- One row. A Worker of schema version W serves if compatible_from <= W <= version.
CREATE TABLE schema_version (
  -- The number of the last migration.
  version INTEGER NOT NULL PRIMARY KEY CHECK (version >= 1),
  -- The oldest Worker that works with these tables, as the schema version that it was written for.
  compatible_from INTEGER NOT NULL CHECK (compatible_from BETWEEN 1 AND version)
) STRICT;
INSERT INTO schema_version (version, compatible_from) VALUES (1, 1);

-- Trust anchors belong to clients, in named sets: the CA of one partner cannot vouch for another partner.
CREATE TABLE trust_anchor_sets (
  name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 256),
  -- Increases with every change of the set's members and settings.
  version INTEGER NOT NULL CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  -- RFC 5280 section 6.3: whether certificates below the anchors are checked for revocation.
  revocation TEXT NOT NULL DEFAULT 'off',
  -- Which extended key usages are accepted besides clientAuth: a JSON array.
  extended_key_usage TEXT NOT NULL DEFAULT '["absent","any"]'
    CHECK (json_valid(extended_key_usage) AND length(extended_key_usage) <= 4096),
  -- The hosts from which CRLs may be fetched: a JSON array.
  crl_hosts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(crl_hosts) AND length(crl_hosts) <= 65536),
  -- Increases when a CRL replaces another: a cached verdict is valid for one generation.
  crl_generation INTEGER NOT NULL DEFAULT 0 CHECK (crl_generation >= 0)
) STRICT;

CREATE TABLE trust_anchors (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  -- SHA-256 of the certificate, lower-case hex.
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  certificate BLOB NOT NULL CHECK (length(certificate) BETWEEN 1 AND 65536),
  subject TEXT NOT NULL,
  not_after INTEGER NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (set_name, sha256)
) STRICT, WITHOUT ROWID;

-- CAs below the anchors of a set, for partners whose certificates arrive without their chain. They only
-- help to build a path: without an anchor an intermediate makes no certificate valid.
CREATE TABLE trust_set_intermediates (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  certificate BLOB NOT NULL CHECK (length(certificate) BETWEEN 1 AND 65536),
  subject TEXT NOT NULL,
  not_after INTEGER NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (set_name, sha256)
) STRICT, WITHOUT ROWID;

-- The URLs of a set's CRLs.
CREATE TABLE crl_sources (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
  -- operator: named by the operator; certificate: a distribution point of a verified certificate.
  origin TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  -- The last success, and the last error since then.
  fetched_at INTEGER,
  error TEXT CHECK (length(error) <= 4096),
  PRIMARY KEY (set_name, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX crl_sources_due ON crl_sources (next_attempt_at);

-- CAs below the anchors that may sign CRLs: seen on verified paths, or given by the operator.
CREATE TABLE crl_issuers (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  certificate BLOB NOT NULL CHECK (length(certificate) BETWEEN 1 AND 65536),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (set_name, sha256)
) STRICT, WITHOUT ROWID;

-- The CRL in force of each set, issuer key and scope. The key is a key and never a name: only a signature
-- proves an issuer. One statement changes the row and so switches readers to the next list of shards.
CREATE TABLE crl_lists (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  -- SHA-256 of the issuer's SubjectPublicKeyInfo, lower-case hex.
  issuer_key TEXT NOT NULL CHECK (length(issuer_key) = 64),
  -- issuingDistributionPoint in DER, hex; empty if the CRL has none.
  scope TEXT NOT NULL,
  -- The id of the shards of this CRL. Those of the previous one stay for readers that still use them.
  id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
  previous_id TEXT,
  -- CrlIndexHeader of src/x509/crl.
  header TEXT NOT NULL CHECK (json_valid(header)),
  issuer TEXT NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (set_name, issuer_key, scope)
) STRICT, WITHOUT ROWID;

-- The entries of the CRLs: shards of up to 64 KiB, in parts that fit into one statement.
CREATE TABLE crl_shards (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  list_id TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 0),
  part INTEGER NOT NULL CHECK (part >= 0),
  stored_at INTEGER NOT NULL,
  octets BLOB NOT NULL CHECK (length(octets) <= 65536),
  PRIMARY KEY (set_name, list_id, number, part)
) STRICT;

CREATE TABLE clients (
  client_id TEXT NOT NULL PRIMARY KEY CHECK (length(client_id) BETWEEN 1 AND 2048),
  -- Increases with every change of the row.
  version INTEGER NOT NULL CHECK (version >= 1),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  client_name TEXT NOT NULL CHECK (length(client_name) BETWEEN 1 AND 4096),
  token_endpoint_auth_method TEXT NOT NULL,
  -- RFC 7591 section 2: a JSON array.
  grant_types TEXT NOT NULL DEFAULT '["client_credentials"]'
    CHECK (json_valid(grant_types) AND length(grant_types) <= 4096),
  -- For tls_client_auth: the set, and the one subject of RFC 8705 section 2.1.2.
  trust_anchor_set TEXT REFERENCES trust_anchor_sets (name) ON DELETE RESTRICT,
  subject_attribute TEXT,
  -- As registered, and in the canonical form that is compared.
  subject_value TEXT CHECK (length(subject_value) BETWEEN 1 AND 65536),
  subject_key TEXT CHECK (length(subject_key) BETWEEN 1 AND 65536),
  -- RFC 7591 section 2: a JWK Set.
  jwks TEXT CHECK (json_valid(jwks) AND length(jwks) <= 262144),
  -- RFC 7591 section 2: values separated by single spaces, or empty.
  scope TEXT NOT NULL CHECK (length(scope) <= 65536),
  -- RFC 8707: a JSON array of absolute URIs; the first is the default audience. Empty for a client that
  -- gets no tokens and only introspects the tokens of others.
  resources TEXT NOT NULL CHECK (json_valid(resources) AND length(resources) <= 262144),
  tls_client_certificate_bound_access_tokens INTEGER NOT NULL
    CHECK (tls_client_certificate_bound_access_tokens IN (0, 1)),
  access_token_format TEXT NOT NULL DEFAULT 'jwt',
  -- The audiences whose tokens it may introspect (RFC 7662): a JSON array.
  introspection_resources TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(introspection_resources) AND length(introspection_resources) <= 262144),
  -- Tokens issued at this time or earlier are not active.
  tokens_revoked_before INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- Within a set, one registered subject belongs to one client.
CREATE UNIQUE INDEX clients_subject ON clients (trust_anchor_set, subject_attribute, subject_key)
  WHERE trust_anchor_set IS NOT NULL;

-- Revoked JWT access tokens (RFC 7009), kept until they would have expired.
CREATE TABLE revoked_tokens (
  jti TEXT NOT NULL PRIMARY KEY CHECK (length(jti) BETWEEN 1 AND 512),
  client_id TEXT NOT NULL,
  exp INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_exp ON revoked_tokens (exp);

-- The claims of opaque access tokens. The token itself is not stored.
CREATE TABLE opaque_tokens (
  -- SHA-256 of the token, base64url.
  sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(sha256) = 43),
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  jti TEXT NOT NULL,
  -- A JSON array.
  aud TEXT NOT NULL CHECK (json_valid(aud)),
  scope TEXT NOT NULL,
  iat INTEGER NOT NULL,
  exp INTEGER NOT NULL,
  -- x5t#S256 of the certificate that the token is bound to; NULL if it is not bound.
  thumbprint TEXT CHECK (length(thumbprint) = 43)
) STRICT, WITHOUT ROWID;
CREATE INDEX opaque_tokens_exp ON opaque_tokens (exp);

-- Signing keys. The private key is wrapped (AES-256-GCM); all other columns except revoked_at are its
-- additional data, so a changed or forged row is neither used nor published.
CREATE TABLE signing_keys (
  -- RFC 7638 thumbprint of the public key.
  kid TEXT NOT NULL PRIMARY KEY CHECK (length(kid) = 43 AND kid NOT GLOB '*[^A-Za-z0-9_-]*'),
  issuer TEXT NOT NULL,
  alg TEXT NOT NULL,
  public_jwk TEXT NOT NULL CHECK (json_valid(public_jwk) AND length(public_jwk) <= 65536),
  created_at INTEGER NOT NULL,
  -- Signs from this time until a newer key does; published from created_at on.
  activate_at INTEGER NOT NULL,
  -- The id of the key-encryption key that wraps it.
  key_encryption_key TEXT NOT NULL,
  iv BLOB CHECK (length(iv) <= 64),
  wrapped_private_key BLOB CHECK (length(wrapped_private_key) <= 65536),
  revoked_at INTEGER,
  -- A revoked key keeps no private key.
  CHECK (revoked_at IS NULL OR (iv IS NULL AND wrapped_private_key IS NULL))
) STRICT;

-- What the operator asked for. The Worker does it, because only the Worker has the key-encryption key.
-- A conditional write sets done_at, so two Workers do it once.
CREATE TABLE key_intents (
  id INTEGER NOT NULL PRIMARY KEY,
  -- generate or rewrap.
  what TEXT NOT NULL,
  activate_at INTEGER,
  requested_at INTEGER NOT NULL,
  done_at INTEGER,
  -- The kid, or how many rows were rewrapped.
  outcome TEXT
) STRICT;
CREATE INDEX key_intents_open ON key_intents (id) WHERE done_at IS NULL;

-- Who changed what and when, with the values before and after.
CREATE TABLE audit (
  id INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  subject TEXT NOT NULL,
  before TEXT CHECK (json_valid(before)),
  after TEXT CHECK (json_valid(after))
) STRICT;
CREATE INDEX audit_subject ON audit (subject, id);
