import { BlockList, isIP } from 'node:net'

/** Whether a host is this very machine: localhost, 127.0.0.0/8 or ::1, also where IPv6 wraps it (::ffff:127.0.0.1). */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const family = isIP(host)
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
