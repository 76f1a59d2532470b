// Lint and types: all three at once, because each keeps one processor busy most of the time.
import { spawn } from 'node:child_process'

const checks = [
  ['biome', 'ci', '.'],
  ['tsc', '--noEmit'],
  ['tsc', '-p', 'cloud/admin/tsconfig.json'],
]

const failed = ([command, ...args]) =>
  new Promise((resolve) => {
    // npm puts the programs of our packages into PATH.
    const child = spawn(command, args, { stdio: 'inherit' })
    child.on('error', (error) => {
      console.error(`${error.message}. Run it as: npm run check`)
      resolve(true)
    })
    child.on('exit', (code) => resolve(code !== 0))
  })

const failures = await Promise.all(checks.map(failed))
process.exitCode = failures.includes(true) ? 1 : 0
