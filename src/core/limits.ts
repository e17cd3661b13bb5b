/** Sizes the classifier is bounded by. A message over a limit is cut and marked `truncated`, never refused. */

/** Raw bytes handed to the MIME parser; what matters to a reader is at the beginning (measured: 64 KiB holds 99 % of mail whole). */
export const MAX_RAW_BYTES = 96 * 1024
/** Bytes of headers kept; more than this is an attack or a broken relay. */
export const MAX_HEADER_BYTES = 48 * 1024
/** Characters of readable text. */
export const MAX_TEXT_CHARS = 48 * 1024
/** Characters of HTML. */
export const MAX_HTML_CHARS = 96 * 1024
/** Characters of one header value. */
export const MAX_HEADER_CHARS = 4096
/** Parts of a message, nested or not, before the rest is left unread. */
export const MAX_PARTS = 100
/** Words of the sender's own text that are read; the question is decided long before. */
export const MAX_WORDS = 700
/** Distinct tokens counted per message. */
export const MAX_TOKENS = 330
/** Distinct stems looked up among the reader's concerns. */
export const MAX_CONCERN_STEMS = 45
/** Links read of one message. */
export const MAX_LINKS = 200
