import { exportEvents } from '../../audit/export.ts'
import { AuditQuery } from '../../audit/forms.ts'
import { sendFile } from '../../files/send.ts'
import { allowed } from '../../people/guards.ts'
import { readQuery } from '../../forms/form.ts'
import { withFilterRenamed } from '../audit.ts'
import { pages } from '../pages.ts'

pages.get('/audit/export.csv', allowed('audit.see'), withFilterRenamed, (req, res) =>
  sendFile(req, res, () => exportEvents(req.actor, readQuery(AuditQuery, req.query))),
)
