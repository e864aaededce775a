// Started by task-life.test.ts: makes a task, tells its pid, and lives until it is killed.
import { CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'

const task = new Task({ flags: CLONE_NEWUSER })
process.stdout.write(`${task.pid}\n`)
setInterval(() => task.pid, 60_000)
