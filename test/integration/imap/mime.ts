/** Header lines without those of the content. */
export const HEAD = 'From: Ada <ada@example.org>\r\nTo: reader@example.com\r\nSubject: parts\r\nMIME-Version: 1.0\r\n'

/** A part with its header lines. */
export const part = (header: string, body: string) => `${header}\r\n\r\n${body}\r\n`
export const plain = (text: string) => part('Content-Type: text/plain; charset=utf-8', text)
export const html = (text: string) => part('Content-Type: text/html; charset=utf-8', text)

let boundaries = 0

export function multipart(kind: string, parts: string[]): string {
  const boundary = `b${boundaries++}`
  const header = `Content-Type: multipart/${kind}; boundary="${boundary}"`
  return `${header}\r\n\r\n${parts.map((each) => `--${boundary}\r\n${each}`).join('')}--${boundary}--\r\n`
}

export const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/.{76}/g, '$&\r\n')

export const file = (bytes: number, name = 'plan.pdf', type = 'application/pdf') =>
  part(
    `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64`,
    base64(Buffer.alloc(bytes, 'attachment ')),
  )

export function quotedPrintable(text: string): string {
  const encoded = text.replace(/[^\r\n -~]|=/g, (char) =>
    [...Buffer.from(char)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
  return encoded.replace(/.{70}(?=.)(?<!=.)(?<!=)/g, '$&=\r\n')
}
