-- The whole D1 schema of Certbound. The Worker checks the version row and serves nothing from a
-- schema it does not know; the CHECKs repeat what the parsers of src/clients and src/keys hold.
-- Times are seconds since the epoch. JSON is text.

CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT;
INSERT INTO schema_version (version) VALUES (1);

-- Trust anchors belong to clients, in named sets: one partner's CA never speaks for another partner.
CREATE TABLE trust_anchor_sets (
  name TEXT NOT NULL PRIMARY KEY
    CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
  -- Goes up with every change of the set's members and settings.
  version INTEGER NOT NULL CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  -- RFC 5280 section 6.3: whether certificates below the anchors are looked up in CRLs.
  revocation TEXT NOT NULL DEFAULT 'off' CHECK (revocation IN ('off', 'if-available', 'require')),
  -- What is taken for clientAuth: a JSON array of absent, any, serverAuth.
  extended_key_usage TEXT NOT NULL DEFAULT '["absent","any"]'
    CHECK (json_valid(extended_key_usage) AND length(extended_key_usage) <= 64),
  -- A JSON array of the hosts from which CRLs may be fetched.
  crl_hosts TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(crl_hosts) AND json_array_length(crl_hosts) <= 32 AND length(crl_hosts) <= 8192),
  -- Goes up with every list that takes the place of another: a verdict rests on one generation.
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

-- CAs below the anchors of a set, for partners whose certificates come without them: they help to find
-- a path, and vouch for nobody by themselves. At most 16 a set.
CREATE TABLE trust_set_intermediates (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  certificate BLOB NOT NULL CHECK (length(certificate) BETWEEN 1 AND 16384),
  subject TEXT NOT NULL,
  not_after INTEGER NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (set_name, sha256)
) STRICT, WITHOUT ROWID;

-- Where the CRLs of a set are: what the operator named, and the distribution points of certificates
-- that were verified below the anchors.
CREATE TABLE crl_sources (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 1024),
  origin TEXT NOT NULL CHECK (origin IN ('operator', 'certificate')),
  added_at INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  -- The last success, and what went wrong since.
  fetched_at INTEGER,
  error TEXT CHECK (length(error) <= 512),
  PRIMARY KEY (set_name, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX crl_sources_due ON crl_sources (next_attempt_at);

-- CAs below the anchors, met on verified paths or given by the operator: they sign CRLs too.
CREATE TABLE crl_issuers (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  certificate BLOB NOT NULL CHECK (length(certificate) BETWEEN 1 AND 65536),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (set_name, sha256)
) STRICT, WITHOUT ROWID;

-- The list in force of each set, issuer key and scope: never by name. The one statement that changes
-- a row switches readers from one generation of shards to the next.
CREATE TABLE crl_lists (
  set_name TEXT NOT NULL REFERENCES trust_anchor_sets (name) ON DELETE CASCADE,
  -- SHA-256 of the SubjectPublicKeyInfo of who signed the list, lower-case hex.
  issuer_key TEXT NOT NULL CHECK (length(issuer_key) = 64),
  -- issuingDistributionPoint in DER, hex; empty where there is none.
  scope TEXT NOT NULL,
  -- Names the generation; its shards have it too. The one before is kept for readers under way.
  id TEXT NOT NULL CHECK (length(id) = 32),
  previous_id TEXT,
  -- CrlIndexHeader of src/x509/crl.
  header TEXT NOT NULL CHECK (json_valid(header)),
  issuer TEXT NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (set_name, issuer_key, scope)
) STRICT, WITHOUT ROWID;

-- The entries of the lists: shards of up to 64 KiB, in parts that fit into one statement.
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
  client_id TEXT NOT NULL PRIMARY KEY
    CHECK (length(client_id) BETWEEN 1 AND 128 AND client_id NOT GLOB '*[^A-Za-z0-9._~-]*'),
  -- Goes up with every change of the row.
  version INTEGER NOT NULL CHECK (version >= 1),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  client_name TEXT NOT NULL CHECK (length(client_name) BETWEEN 1 AND 200),
  token_endpoint_auth_method TEXT NOT NULL
    CHECK (token_endpoint_auth_method IN ('tls_client_auth', 'self_signed_tls_client_auth')),
  trust_anchor_set TEXT REFERENCES trust_anchor_sets (name) ON DELETE RESTRICT,
  -- RFC 8705 section 2.1.2: exactly one of the five.
  subject_attribute TEXT CHECK (subject_attribute IN (
    'tls_client_auth_subject_dn', 'tls_client_auth_san_dns', 'tls_client_auth_san_uri',
    'tls_client_auth_san_ip', 'tls_client_auth_san_email')),
  -- As registered, and in the canonical form that comparison uses.
  subject_value TEXT CHECK (length(subject_value) BETWEEN 1 AND 4096),
  subject_key TEXT CHECK (length(subject_key) BETWEEN 1 AND 4096),
  -- RFC 8705 section 2.2.2: a JWK Set.
  jwks TEXT CHECK (json_valid(jwks) AND length(jwks) <= 65536),
  -- RFC 7591 section 2: values separated by single spaces, or empty.
  scope TEXT NOT NULL CHECK (length(scope) <= 4096),
  -- RFC 8707: a JSON array of absolute URIs; the first is the default audience. Empty for a client that
  -- gets no tokens, and only introspects others'.
  resources TEXT NOT NULL CHECK (json_valid(resources) AND json_array_length(resources) <= 32),
  tls_client_certificate_bound_access_tokens INTEGER NOT NULL
    CHECK (tls_client_certificate_bound_access_tokens IN (0, 1)),
  access_token_format TEXT NOT NULL DEFAULT 'jwt' CHECK (access_token_format IN ('jwt', 'opaque')),
  -- Whose tokens it may introspect (RFC 7662): a JSON array of the audiences, empty for none.
  introspection_resources TEXT NOT NULL DEFAULT '[]' CHECK (
    json_valid(introspection_resources) AND json_array_length(introspection_resources) <= 32),
  -- Tokens that were issued then or earlier are not active.
  tokens_revoked_before INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (json_array_length(resources) + json_array_length(introspection_resources) > 0),
  CHECK (CASE token_endpoint_auth_method
    WHEN 'tls_client_auth' THEN trust_anchor_set IS NOT NULL AND subject_attribute IS NOT NULL
      AND subject_value IS NOT NULL AND subject_key IS NOT NULL AND jwks IS NULL
    ELSE trust_anchor_set IS NULL AND subject_attribute IS NULL
      AND subject_value IS NULL AND subject_key IS NULL AND jwks IS NOT NULL END)
) STRICT;

-- Within a set, one registered subject value belongs to one client.
CREATE UNIQUE INDEX clients_subject ON clients (trust_anchor_set, subject_attribute, subject_key)
  WHERE trust_anchor_set IS NOT NULL;

-- Signed tokens that were revoked (RFC 7009), by their jti: kept until they would have expired.
CREATE TABLE revoked_tokens (
  jti TEXT NOT NULL PRIMARY KEY CHECK (length(jti) BETWEEN 1 AND 128),
  client_id TEXT NOT NULL,
  exp INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_exp ON revoked_tokens (exp);

-- Tokens that say nothing by themselves: what they stand for. The token itself is not kept.
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
  -- x5t#S256 of the certificate that it is bound to; NULL where to none.
  thumbprint TEXT CHECK (length(thumbprint) = 43)
) STRICT, WITHOUT ROWID;
CREATE INDEX opaque_tokens_exp ON opaque_tokens (exp);

-- Signing keys. The private half is wrapped (AES-256-GCM); every other column but revoked_at is its
-- additional data, so a row that was altered or planted is neither used nor published.
CREATE TABLE signing_keys (
  -- RFC 7638 thumbprint of the public half.
  kid TEXT NOT NULL PRIMARY KEY CHECK (length(kid) = 43 AND kid NOT GLOB '*[^A-Za-z0-9_-]*'),
  issuer TEXT NOT NULL,
  alg TEXT NOT NULL CHECK (alg IN ('ES256', 'PS256', 'RS256', 'EdDSA')),
  public_jwk TEXT NOT NULL CHECK (json_valid(public_jwk) AND length(public_jwk) <= 4096),
  created_at INTEGER NOT NULL,
  -- Signs from then on, until a younger key does; published from created_at on.
  activate_at INTEGER NOT NULL,
  -- Which key-encryption key wraps it.
  key_encryption_key TEXT NOT NULL,
  iv BLOB CHECK (length(iv) = 12),
  wrapped_private_key BLOB CHECK (length(wrapped_private_key) <= 8192),
  -- A revoked key keeps no private half.
  revoked_at INTEGER,
  CHECK (CASE WHEN revoked_at IS NULL THEN iv IS NOT NULL AND wrapped_private_key IS NOT NULL
    ELSE iv IS NULL AND wrapped_private_key IS NULL END)
) STRICT;

-- What the operator wants done with keys; the Worker does it, since only the Worker holds the
-- key-encryption key. done_at is set by a conditional write, so two Workers do it once.
CREATE TABLE key_intents (
  id INTEGER NOT NULL PRIMARY KEY,
  what TEXT NOT NULL CHECK (what IN ('generate', 'rewrap')),
  activate_at INTEGER CHECK ((activate_at IS NOT NULL) = (what = 'generate')),
  requested_at INTEGER NOT NULL,
  done_at INTEGER,
  -- What came of it: the kid, or how many rows moved.
  outcome TEXT CHECK ((outcome IS NOT NULL) = (done_at IS NOT NULL))
) STRICT;
CREATE INDEX key_intents_open ON key_intents (id) WHERE done_at IS NULL;

-- Who changed what, when, from what to what.
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
