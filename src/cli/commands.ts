import { auditList } from './audit.ts'
import { caAdd } from './ca/add.ts'
import { caRefresh } from './ca/crls.ts'
import { caAddIntermediate } from './ca/intermediates.ts'
import { caList } from './ca/list.ts'
import { caRemove, caRemoveIntermediate } from './ca/remove.ts'
import { caSet } from './ca/set.ts'
import { caStatus } from './ca/status.ts'
import { certInspect } from './cert/inspect.ts'
import { certVerify } from './cert/verify.ts'
import { clientAdd } from './client/add.ts'
import { clientAddCertificate, clientRemoveCertificate } from './client/certificates.ts'
import { clientImport } from './client/import.ts'
import { clientExport, clientList } from './client/list.ts'
import { clientShow } from './client/show.ts'
import { clientDisable, clientEnable, clientRemove, clientRevokeTokens } from './client/state.ts'
import { clientUpdate } from './client/update.ts'
import type { Command } from './command.ts'
import { configCheck } from './config/check.ts'
import { doctor } from './doctor/doctor.ts'
import { keyList } from './key/list.ts'
import { keyRevoke } from './key/revoke.ts'
import { keyEncryptionKeyGenerate, keyRewrap, keyRotate } from './key/rotate.ts'
import { proxyConfig } from './proxy/config.ts'
import { proxyList } from './proxy/list.ts'
import { proxyCredential, proxyHeaderName } from './proxy/secrets.ts'
import { schemaApply, schemaStatus, schemaUpgrade } from './schema.ts'

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  clientAdd,
  clientList,
  clientShow,
  clientUpdate,
  clientEnable,
  clientDisable,
  clientRevokeTokens,
  clientRemove,
  clientAddCertificate,
  clientRemoveCertificate,
  clientImport,
  clientExport,
  caAdd,
  caList,
  caSet,
  caRemove,
  caAddIntermediate,
  caRemoveIntermediate,
  caRefresh,
  caStatus,
  certInspect,
  certVerify,
  keyList,
  keyRotate,
  keyRevoke,
  keyRewrap,
  configCheck,
  doctor,
  proxyConfig,
  proxyList,
  proxyHeaderName,
  proxyCredential,
  schemaStatus,
  schemaUpgrade,
  schemaApply,
  keyEncryptionKeyGenerate,
  auditList,
]
