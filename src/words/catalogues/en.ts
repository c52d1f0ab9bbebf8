/** English needs words of its own only where a number decides: every other sentence is its own key. */
export const english: ReadonlyMap<string, string> = new Map([
  [
    'tried {method} {path} another {count} times within ten minutes and was refused',
    'tried {method} {path} another {count, plural, one {time} other {# times}} within ten minutes and was refused',
  ],
  [
    'tried {method} {path} in {mode} another {count} times within ten minutes and was refused',
    'tried {method} {path} in {mode} another {count, plural, one {time} other {# times}} within ten minutes and was refused',
  ],
  [
    '{count} recovery codes are left.',
    '{count, plural, =0 {No recovery codes are left.} one {# recovery code is left.} other {# recovery codes are left.}}',
  ],
  [
    'The {count} codes that are left will stop working.',
    '{count, plural, =0 {No codes are left that could stop working.} one {The code that is left will stop working.} other {The # codes that are left will stop working.}}',
  ],
  [
    'You logged in with a recovery code. {count} recovery codes are left.',
    'You logged in with a recovery code. {count, plural, =0 {None is left.} one {# is left.} other {# are left.}}',
  ],
  [
    'You logged in with a recovery code. {count} recovery codes are left. This browser is not trusted: that takes a code from an authenticator app.',
    'You logged in with a recovery code. {count, plural, =0 {None is left.} one {# is left.} other {# are left.}} This browser is not trusted: that takes a code from an authenticator app.',
  ],
  [
    'There were {count} more such logins.',
    '{count, plural, one {There was # more such login.} other {There were # more such logins.}}',
  ],
  [
    '{count} failed logins, {why}',
    '{count, plural, one {# failed login, {why}} other {# failed logins, {why}}}',
  ],
  [
    '{count} failed logins as {email}, {why}',
    '{count, plural, one {# failed login as {email}, {why}} other {# failed logins as {email}, {why}}}',
  ],
  ['{what} ({count} times)', '{what} ({count, plural, one {# time} other {# times}})'],
  ['{count} set up', '{count, plural, one {# set up} other {# set up}}'],
  ['{count} addresses', '{count, plural, one {# address} other {# addresses}}'],
  ['{count} postings', '{count, plural, one {# posting} other {# postings}}'],
  ['{count} invites shown', '{count, plural, one {# invite shown} other {# invites shown}}'],
  [
    '{count} postings waiting for approval',
    '{count, plural, one {# posting} other {# postings}} waiting for approval',
  ],
  [
    'downloaded the file {file} ({count} rows)',
    'downloaded the file {file} ({count, plural, one {# row} other {# rows}})',
  ],
  [
    'downloaded part of the file {file}, which was interrupted after {count} rows',
    'downloaded part of the file {file}, which was interrupted after {count, plural, one {# row} other {# rows}}',
  ],
  [
    'You are already downloading {count} files. Wait until one has finished, then try again.',
    'You are already downloading {count, plural, one {a file} other {# files}}. Wait until one has finished, then try again.',
  ],
  [
    'Other people are already downloading {count} files. Try again in a moment.',
    'Other people are already downloading {count, plural, one {a file} other {# files}}. Try again in a moment.',
  ],
  ['{count} to decide', '{count, plural, one {# posting to decide} other {# postings to decide}}'],
  [
    '{count} login-as sessions shown',
    '{count, plural, one {# login-as session shown} other {# login-as sessions shown}}',
  ],
  ['{count} rows shown', '{count, plural, one {# row shown} other {# rows shown}}'],
  ['{count} e-mails', '{count, plural, one {# e-mail} other {# e-mails}}'],
  ['More than {count} e-mails', 'More than {count, plural, one {# e-mail} other {# e-mails}}'],
  ['{count} e-mails shown', '{count, plural, one {# e-mail shown} other {# e-mails shown}}'],
  ['{count} people shown', '{count, plural, one {# person shown} other {# people shown}}'],
  ['{count} tags shown', '{count, plural, one {# tag shown} other {# tags shown}}'],
  [
    'logged out of {count} other browsers',
    'logged out of {count, plural, one {one other browser} other {# other browsers}}',
  ],
  [
    '{minutes} minutes left, until {time}',
    '{minutes, plural, one {a minute left} other {# minutes left}}, until {time}',
  ],
  [
    '{count} other browsers are logged out.',
    '{count, plural, one {One other browser is logged out.} other {# other browsers are logged out.}}',
  ],
  [
    '{count} customers registered',
    '{count, plural, one {# customer registered} other {# customers registered}}',
  ],
  ['and {count} more', '{count, plural, other {and # more}}'],
  [
    'Shared by {count} customers. The name changes for all of them.',
    '{count, plural, one {Used by # customer.} other {Shared by # customers. The name changes for all of them.}}',
  ],
  [
    'For team {team}, shared by {count} customers.',
    'For team {team}{count, plural, one {} other {, shared by # customers}}.',
  ],
  [
    'A PDF statement can have up to {count} entries. Choose a shorter period, or export as CSV.',
    'A PDF statement can have up to {count, plural, one {# entry} other {# entries}}. Choose a shorter period, or export as CSV.',
  ],
  ['{count} entries', '{count, plural, one {# entry} other {# entries}}'],
  ['More than {count} entries', 'More than {count, plural, one {# entry} other {# entries}}'],
  ['{count} entries shown', '{count, plural, one {# entry shown} other {# entries shown}}'],
  ['{count} events', '{count, plural, one {# event} other {# events}}'],
  ['More than {count} events', 'More than {count, plural, one {# event} other {# events}}'],
  ['{count} invites', '{count, plural, one {# invite} other {# invites}}'],
  ['More than {count} invites', 'More than {count, plural, one {# invite} other {# invites}}'],
  ['{count} login-as sessions', '{count, plural, one {# login-as session} other {# login-as sessions}}'],
  [
    'More than {count} login-as sessions',
    'More than {count, plural, one {# login-as session} other {# login-as sessions}}',
  ],
  ['{count} events shown', '{count, plural, one {# event shown} other {# events shown}}'],
  ['{count} customers', '{count, plural, one {# customer} other {# customers}}'],
  ['More than {count} customers', 'More than {count, plural, one {# customer} other {# customers}}'],
  ['{count} customers shown', '{count, plural, one {# customer shown} other {# customers shown}}'],
  ['Check {count} fields.', 'Check {count, plural, one {one field} other {# fields}}.'],
  [
    'Too many attempts. Try again in {minutes} minutes.',
    'Too many attempts. Try again in {minutes, plural, one {a minute} other {# minutes}}.',
  ],
  [
    'Too many attempts have failed. Try again in {minutes} minutes, or ask for a new password.',
    'Too many attempts have failed. Try again in {minutes, plural, one {a minute} other {# minutes}}, or ask for a new password.',
  ],
  [
    'Several links were already requested. Check your e-mail, or try again in {minutes} minutes.',
    'Several links were already requested. Check your e-mail, or try again in {minutes, plural, one {a minute} other {# minutes}}.',
  ],
  [
    'merged tag {from} into {into} ({count} customers)',
    'merged tag {from} into {into} ({count, plural, =0 {no customers} one {# customer} other {# customers}})',
  ],
  [
    'removed tag {name} ({count} customers)',
    'removed tag {name} ({count, plural, =0 {no customers} one {# customer} other {# customers}})',
  ],
  [
    '{count} customers have this tag. They keep their other tags. This cannot be undone.',
    '{count, plural, =0 {No customers have this tag.} one {# customer has this tag and keeps any other tags.} other {# customers have this tag and keep their other tags.}} This cannot be undone.',
  ],
  [
    'Removed tag {name} from {count} customers.',
    '{count, plural, =0 {Removed tag {name}.} one {Removed tag {name} from one customer.} other {Removed tag {name} from # customers.}}',
  ],
  [
    'Merged {name} into {into}: {count} customers.',
    '{count, plural, =0 {Merged {name} into {into}.} one {Merged {name} into {into}: one customer.} other {Merged {name} into {into}: # customers.}}',
  ],
])
