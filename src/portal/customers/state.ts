import { asks } from '../../actions/form.ts'
import { SuspendCustomer } from '../../customers/suspend.ts'
import { blankForm } from '../../forms/form.ts'
import { pages } from '../pages.ts'
import { showReinstatement } from './reinstatement.ts'
import { showSuspension } from './suspension.ts'

asks(pages, '/customers/:id/state', SuspendCustomer, (res, customer) =>
  customer.state === 'ON'
    ? showSuspension(res, customer, blankForm())
    : showReinstatement(res, customer, blankForm()),
)
