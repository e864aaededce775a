/** The kernel's own name (/proc/filesystems) of a file system that a user asks for: `overlay` is overlayfs to everybody else. */
export function filesystemName(text: string): string {
  return text === 'overlayfs' ? 'overlay' : text
}
