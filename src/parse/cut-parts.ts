import { MAX_PARTS } from '../core/limits.ts'

/** Cuts a message before its `MAX_PARTS`th boundary line and bounds its headers: both cost the parser far more than text does. */
export function cutParts(raw: Buffer, maxHeaderBytes: number): Buffer {
  return boundHeaders(beforePart(raw), maxHeaderBytes)
}

/** A line that starts with `--` is a boundary or looks like one; text with a hundred of those is read far enough. */
function beforePart(raw: Buffer): Buffer {
  let boundaries = 0
  for (let at = raw.indexOf('\n--'); at >= 0; at = raw.indexOf('\n--', at + 1)) {
    boundaries++
    if (boundaries > 2 * MAX_PARTS) return raw.subarray(0, at)
  }
  return raw
}

/** Headers over the bound are cut there, at a line's end, and what follows them is kept. */
function boundHeaders(raw: Buffer, maxHeaderBytes: number): Buffer {
  const end = headerEnd(raw)
  if (end <= maxHeaderBytes) return raw
  const lineEnd = raw.lastIndexOf(10, maxHeaderBytes)
  return Buffer.concat([raw.subarray(0, lineEnd < 0 ? maxHeaderBytes : lineEnd + 1), raw.subarray(end)])
}

function headerEnd(raw: Buffer): number {
  const lf = raw.indexOf('\n\n')
  const crlf = raw.indexOf('\r\n\r\n')
  if (lf < 0 && crlf < 0) return raw.length
  return lf < 0 ? crlf : crlf < 0 ? lf : Math.min(lf, crlf)
}
