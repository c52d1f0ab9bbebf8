import { asks } from '../../actions/form.ts'
import { TurnOffCustomer, canTurnOff } from '../../customers/turn-off.ts'
import { blankForm } from '../../forms/form.ts'
import { pages } from '../pages.ts'
import { showReinstatement } from './reinstatement.ts'
import { showTurnOff } from './suspension.ts'

asks(pages, '/customers/:id/state', TurnOffCustomer, (res, customer) =>
  canTurnOff(customer)
    ? showTurnOff(res, customer, blankForm())
    : showReinstatement(res, customer, blankForm()),
)
