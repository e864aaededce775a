import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { quoted } from '../../scenarios/kit/quoted.ts'

test.each(['a b', "it's", '$HOME; reboot', 'back\\slash', '*', '~', '', 'zwei\nZeilen', 'über'])(
  'sh reads %j as the one word it was',
  word => {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' })).toBe(word)
  },
)

test.each(['6.12.107-1', 'debian:sid/7.2', '/boot/vmlinuz-6.12.1+x'])('%s needs no quotes', word => {
  expect(quoted(word)).toBe(word)
})
