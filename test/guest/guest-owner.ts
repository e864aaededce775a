// Boots a guest, says its pid and waits to be killed; for failures.test.ts.
import { startGuest } from './lab.ts'

const guest = await startGuest()
process.stdout.write(`guest ${guest.pid}\n`)
setInterval(() => {}, 1 << 30)
