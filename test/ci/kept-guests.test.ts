import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { keptGuests, noteKept } from '../../ci/kept-guests.ts'
import { owner } from '../../vm/cache/owner.ts'
import { scratchCache } from '../vm/cache/scratch.ts'
import { runCommand } from './run-command.ts'

test('a guest is noted as long as it is kept, with the process that keeps it', async () => {
  const cache = await scratchCache()
  expect(await keptGuests(cache)).toEqual([])
  const forget = await noteKept(cache, '/logs/a/guest.sock')
  expect(await keptGuests(cache)).toMatchObject([{ socket: '/logs/a/guest.sock', pid: process.pid }])
  await forget()
  expect(await keptGuests(cache)).toEqual([])
})

test('a guest of a process that was killed is gone, and so is the note', async () => {
  const cache = await scratchCache()
  const forget = await noteKept(cache, '/logs/a/guest.sock')
  const { pid } = spawnSync('true')
  const of = (name: string) => path.join(cache.dir, 'kept', name)
  fs.renameSync(of(`guest.${owner()}`), of(`guest.${owner().replace(/^\d+/, String(pid))}`))
  expect(await keptGuests(cache)).toEqual([])
  expect(fs.readdirSync(path.join(cache.dir, 'kept'))).toEqual([])
  await forget()
})

test('a shell in the kept guest says which there are when it is not said into which, and that there is none', async () => {
  const cache = await scratchCache()
  const attach = () => runCommand(['shell', '--attach', '--', 'true'], cache.dir, { IDMAPLAB_CACHE: cache.dir })
  expect(await attach()).toEqual({
    code: 64,
    stdout: '',
    stderr: 'idmaplab: No guest is kept on this machine: idmaplab run --keep keeps the first that fails.\n',
  })
  const forget = await noteKept(cache, path.join(cache.dir, 'a.sock'))
  expect((await attach()).stderr).toMatch(/^idmaplab: Nobody keeps a guest at \S+\/a\.sock /)
  const note = fs.readFileSync(path.join(cache.dir, 'kept', `guest.${owner()}`), 'utf8')
  fs.writeFileSync(path.join(cache.dir, 'kept', `other.${owner()}`), note.replace('a.sock', 'b.sock'))
  const { code, stderr } = await attach()
  expect(code).toBe(64)
  expect(stderr.split('\n').filter(line => / --attach /.test(line))).toEqual([
    expect.stringMatching(/--attach \S+a\.sock$/),
    expect.stringMatching(/--attach \S+b\.sock$/),
  ])
  expect(stderr).toContain(`by process ${process.pid} (`)
  await forget()
})
