// A mail server in a process of its own: takes everything it is sent, says so to its parent, and refuses what its parent asks it to.
import { SMTPServer } from 'smtp-server'

const [port = '0', tls = ''] = process.argv.slice(2)
/** The answer to every recipient: null takes it. */
let refusal: { code: number; message: string } | null = null

const server = new SMTPServer({
  authOptional: true,
  hideSTARTTLS: tls !== 'starttls',
  onAuth: ({ username, password }, session, done) => {
    process.send?.({ event: 'login', username, secure: session.secure })
    if (password === 'right') done(null, { user: username })
    else done(new Error('Authentication failed'))
  },
  onRcptTo: (_address, _session, done) => {
    done(refusal && Object.assign(new Error(refusal.message), { responseCode: refusal.code }))
  },
  onData: (stream, session, done) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope
      process.send?.({
        event: 'mail',
        from: mailFrom && mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        secure: session.secure,
        source: Buffer.concat(chunks).toString(),
      })
      done()
    })
  },
})
// A client that goes away in the middle is no failure of the server.
server.on('error', () => {})
process.on('message', (asked: { refuse: typeof refusal }) => {
  refusal = asked.refuse
  process.send?.({ event: 'understood' })
})
process.on('disconnect', () => process.exit())
const listener = server.listen(Number(port), '127.0.0.1', () => {
  const address = listener.address()
  process.send?.({ event: 'listening', port: typeof address === 'object' ? address?.port : null })
})
