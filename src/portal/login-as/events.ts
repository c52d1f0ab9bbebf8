import { eventSays } from '../../audit/sentences.ts'
import { sendFile } from '../../files/send.ts'
import { exportSessionEvents } from '../../login-as/session-export.ts'
import { findLoginAsSession } from '../../login-as/sessions.ts'
import { pages } from '../pages.ts'

// A plain handler: a file is sent, and recorded while it is.
pages.get('/login-as/:id/events.csv', (req, res) =>
  sendFile(req, res, async () =>
    exportSessionEvents(req.actor, await findLoginAsSession(req.actor, req.params.id), eventSays),
  ),
)
