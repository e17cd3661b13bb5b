/** A file of the package by its path from the top level, whether this code runs from `src` or compiled from `dist/src`. */
export function packageFile(path: string): URL {
  const top = import.meta.url.includes('/dist/src/') ? '../../../' : '../../'
  return new URL(`${top}${path}`, import.meta.url)
}
