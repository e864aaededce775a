import { runDebugfs } from './debugfs.ts'

/**
 * The value of an extended attribute of an ext4 image, `undefined` if the file has none of that name. ACLs come in the form
 * getxattr(2) has: debugfs translates them from ext4's own.
 */
export async function ext4Xattr(image: string, file: string, name: string): Promise<Buffer | undefined> {
  const [answer = ''] = await runDebugfs(image, [`ea_get -x "/${file}" ${name}`])
  const hex = /^\S+ \(\d+\) = ((?:[0-9a-f]{2} )*)\s*$/m.exec(answer)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex.replaceAll(' ', ''), 'hex')
}
