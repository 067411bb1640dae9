/** Longer resource indicators are refused. */
export const maxResourceLength = 2048
/** A request or a registration never names more resources than this. */
export const maxResources = 32

const printableAscii = /^[\x21-\x7e]+$/

/**
 * Whether a text is a resource indicator: an absolute URI without a fragment. Two indicators are
 * the same when their texts are; nothing is normalised.
 * @see RFC 8707 section 2
 */
export const isResource = (text: string): boolean =>
  text.length <= maxResourceLength &&
  printableAscii.test(text) &&
  /^[A-Za-z][A-Za-z0-9+.-]*:./.test(text) && // RFC 3986 section 4.3: absolute
  !text.includes('#') && // RFC 8707 section 2: MUST NOT include a fragment
  URL.canParse(text)
