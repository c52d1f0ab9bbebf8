import { eventSays } from '../../audit/sentences.ts'
import { sendFile } from '../../files/send.ts'
import { listFile } from '../../lists/file.ts'
import { sessionEvents } from '../../login-as/session-events.ts'
import { findLoginAsSession } from '../../login-as/sessions.ts'
import { pages } from '../pages.ts'

// A plain handler: a file is sent, and recorded while it is.
pages.get('/login-as/:id/events.csv', (req, res) =>
  sendFile(req, res, async () =>
    listFile(sessionEvents, {
      actor: req.actor,
      of: { session: await findLoginAsSession(req.actor, req.params.id), says: eventSays },
      query: { after: '', before: '' },
    }),
  ),
)
