import { eventSays } from '../../audit/all-events.ts'
import { sendFile } from '../../files/send.ts'
import { exportStayEvents } from '../../login-as/stay-export.ts'
import { findStay } from '../../login-as/stays.ts'
import { pages } from '../pages.ts'

// A plain handler: a file is sent, and recorded while it is.
pages.get('/login-as/:id/events.csv', (req, res) =>
  sendFile(req, res, async () =>
    exportStayEvents(req.actor, await findStay(req.actor, req.params.id), eventSays),
  ),
)
