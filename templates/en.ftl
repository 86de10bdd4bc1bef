### All texts of Portero in English. A file of this name in the templates folder replaces the messages that it holds,
### one by one.

## On every page
skip-to-content = Skip to content
language-switch = Language
support = Need help? Contact:
cancel = Cancel
sign-in-again = Sign in
sign-out = Sign out

## Fields
field-organization = Organization
field-organization-help = Your company’s key, for example its tax number.
field-username = Username
field-password = Password
field-old-password-expired = Current password
field-old-password-temporary = Temporary password
field-old-password-voluntary = Current password
field-new-password = New password
field-confirm-password = Repeat the new password

## Captcha
captcha-legend = Confirm that you are a person
captcha-alt = Picture of distorted letters and digits. If you cannot see it, listen to the characters.
captcha-listen = Listen to the characters
captcha-listen-help = A voice says them one by one.
captcha-audio = Recording of the characters
captcha-label = Characters you see or hear
captcha-help = In upper or lower case. They last two minutes.
captcha-refresh = Get other characters

## Sign-in
login-title = Sign in
login-lead = Welcome to { $product }.
login-ended-title = Your session has ended
login-ended-text = Sign in again to go on where you were.
login-kept-title = We kept what you sent
login-kept-text = Your session ended before it arrived. Sign in within 30 minutes with the same account, and you can send it.
login-lead-application = Tell us who you are to enter { $application }.
login-submit = Sign in
login-problem = You could not be signed in
login-recover = Recover access
login-forgot = Forgot your password?
notice-title = Legal notice
notice-text = Private system. Unauthorised access is prohibited. All attempts to sign in are recorded and monitored.

## Why a form was not accepted
problem-wrong-credentials = Those details are not right. Check them and type your password again.
problem-incomplete = Something is missing. Please fill in every field.
problem-captcha = The characters do not match, or more than two minutes went by. Try these instead.
problem-expired-form = The page was open for too long. Fill in what is missing and send it again. If this comes back, check that your browser accepts cookies.
problem-throttled =
    There were too many attempts. Wait { $unit ->
        [seconds] { $count ->
            [one] { $count } second
           *[other] { $count } seconds
        }
        [minutes] { $count ->
            [one] { $count } minute
           *[other] { $count } minutes
        }
       *[hours] { $count ->
            [one] { $count } hour
           *[other] { $count } hours
        }
    } and try again.
problem-deactivated = For security, sign-in with a password was switched off after too many failed attempts. Recover access or ask your administrator for help.
problem-overloaded = Many people are signing in right now. Wait a few seconds and try again.
problem-wrong-old = The current password is not right.
problem-unmet = The new password does not meet these rules:
problem-mismatch = The two new passwords are not the same.

## Change of password
password-title = Change your password
password-lead-expired = Your password has expired. Choose a new one to go on.
password-lead-temporary = You signed in with a temporary password. Now choose your own, which replaces it.
password-lead-voluntary = Type your current password and choose a new one.
password-problem = The password was not changed
password-rules = The new password must:
password-submit = Save password
password-ends-sessions = Saving it ends all your sessions, on other devices too. After that you sign in with the new password.
password-changed-title = Your password has changed
password-changed-text = For security, all your sessions were ended.
password-changed-wait = In { $count } seconds this page takes you to sign in with the new password.
rule-too-short =
    have at least { $count ->
        [one] { $count } character
       *[other] { $count } characters
    }
rule-too-long =
    have at most { $count ->
        [one] { $count } character
       *[other] { $count } characters
    }
rule-uppercase = include an upper-case letter
rule-lowercase = include a lower-case letter
rule-digit = include a digit
rule-special = include one of these signs: { $characters }
rule-context-word = not contain your name, your username or your organization
rule-common = not be one of the commonest passwords
rule-reused =
    { $count ->
        [one] differ from the last one you used
       *[other] differ from the last { $count } you used
    }

## Portal
portal-title = Your applications
portal-greeting = Hello, { $name }
portal-account = Your account
portal-change-password = Change password
portal-email = E-mail address
portal-settings = Settings
portal-expiry =
    { $days ->
        [0] Your password expires today
        [one] Your password expires in { $days } day
       *[other] Your password expires in { $days } days
    }
portal-expiry-idle =
    { $days ->
        [one] Your password will expire if you do not sign in for { $days } day
       *[other] Your password will expire if you do not sign in for { $days } days
    }
portal-expiry-text = Change it now and you need not do it in a hurry.
portal-applications = Your applications
portal-enter = Enter
portal-enter-window = Open in another window
portal-no-applications = No applications are assigned to you yet. Ask your administrator for access.
portal-downloads = Downloads and tools

## Sign-out
sign-out-title = Sign out?
sign-out-text = You will leave all applications in this browser.
sign-out-stay = Stay here
signed-out-title = You are signed out
signed-out-text = See you soon. If other people use this computer, close the browser too.

## A post that was kept
kept-title = We kept what you sent
kept-text = Your session had ended, and what you had sent to { $application } was kept. Send it now?
kept-send = Send now
kept-discard = Throw it away

## Messages
message-status = Code { $status }
message-reference = If you ask for help, give this number:
message-retry = Try again
message-portal = Go to your applications
message-sign-out = Use another account
message-bad-request-title = We did not understand that
message-bad-request-text = The browser sent something that cannot be read.
message-bad-request-next = Go back and repeat the step. If you followed a link, check that it is complete.
message-expired-form-title = The form is no longer valid
message-expired-form-text = It was open for too long or belongs to another session. Nothing was changed.
message-expired-form-next = Go back, load the page again and repeat the step.
message-forbidden-title = You do not have access
message-forbidden-application = You are signed in as { $username }, and that account has no access to { $application }.
message-forbidden-page = You are signed in as { $username }, and that account has no access to this page.
message-forbidden-next = If you need it for your work, ask your administrator for access.
message-not-found-title = There is nothing at this address
message-not-found-text = The page does not exist or has moved.
message-not-found-next = Check the address, or start from your applications.
message-method-not-allowed-title = This page is not used like that
message-method-not-allowed-text = The address exists, but it does not take this kind of request.
message-method-not-allowed-next = Go back and repeat the step.
message-unknown-host-title = We do not know this address
message-unknown-host-text = There is no application of that name on this server.
message-unknown-host-next = Check the address in the browser’s bar.
message-misdirected-title = The request came to another door
message-misdirected-text = The browser used a connection that belongs to another address.
message-misdirected-next = Load the page again.
message-too-large-title = What you sent is too large
message-too-large-text = It is over the accepted size, and nothing was received.
message-too-large-next = Make the file smaller or send it in parts.
message-too-slow-title = The request took too long
message-too-slow-text = The connection was cut before all of it had arrived.
message-too-slow-next = Check your connection and try again.
message-throttled-title = Too many requests
message-throttled-text = We received many requests in a row from your connection.
message-throttled-next =
    Wait { $unit ->
        [seconds] { $count ->
            [one] { $count } second
           *[other] { $count } seconds
        }
        [minutes] { $count ->
            [one] { $count } minute
           *[other] { $count } minutes
        }
       *[hours] { $count ->
            [one] { $count } hour
           *[other] { $count } hours
        }
    } and try again.
message-upstream-failed-title = The application does not answer
message-upstream-failed-text = We could not reach { $application }. Nothing is wrong with your account or your device.
message-upstream-failed-next = Wait a moment and try again. If you were sending something, check first whether it arrived.
message-upstream-slow-title = The application takes too long
message-upstream-slow-text = { $application } did not answer in time. Nothing is wrong with your account or your device.
message-upstream-slow-next = Wait a moment and try again. If you were sending something, check first whether it was already done.
message-unavailable-title = Back in a moment
message-unavailable-text = The service is very busy or restarting.
message-unavailable-next = Wait a few seconds and load the page again.
message-internal-title = Something failed on our side
message-internal-text = It is not your fault, and it has been recorded.
message-internal-next = Try again in a few minutes.

# Recovering access
recover-title = Recover access
recover-text = Somebody at support can give you a temporary password, with which you choose a new one. They will never ask for yours.
recover-support = Tell your organization and your username to:
recover-administrator = Tell your organization and your username to whoever runs this system.
recover-back = Back to sign-in

## Mails
mail-hello = Hello { $name },
mail-automatic = This message is automatic; there is no need to answer it.
mail-invitation-subject = Your account at { $product }
mail-invitation-lead = { $organization } opened an account for you at { $product }.
mail-invitation-sign-in = Sign in here with these details:
mail-invitation-button = Sign in
mail-invitation-organization = Organization
mail-invitation-username = Username
mail-invitation-password = Temporary password
mail-invitation-expires = The temporary password works once, until { $moment }. With it you choose your own.
mail-invitation-stranger = If you did not expect this message, do nothing: unused, these details stop working. You may tell whoever administers { $product }.
mail-works-until = It works once, until { $moment }.
mail-when = When
mail-from-where = From the address
mail-temporary-password-subject = Password recovery
mail-temporary-password-lead = Somebody asked for a temporary password for your account at { $organization }. Here it is:
mail-temporary-password-steps = Sign in with it as if it were your password: it opens the page where you choose a new one, and nothing else.
mail-temporary-password-button = Sign in with it
mail-temporary-password-stranger = If you did not ask for it, do nothing: your own password goes on working, and unused this one stops working.
mail-rescue-code-subject = Password recovery
mail-rescue-code-lead = Somebody asked for a rescue code for your account at { $organization }. Here it is:
mail-rescue-code-steps = Type it on the rescue code page; capitals and hyphens do not matter. A temporary password is then mailed to you.
mail-rescue-code-button = Type the code
mail-rescue-code-stranger = If you did not ask for it, do nothing: your password goes on working, and unused the code stops working. Never tell it to anybody, not even to those who administer this system.
mail-reset-link-subject = Password recovery
mail-reset-link-lead = Somebody asked to choose a new password for your account at { $organization }.
mail-reset-link-steps = Open the link, write the new password twice and save it. Then sign in with it.
mail-reset-link-button = Choose a new password
mail-reset-link-stranger = If you did not ask for it, do nothing: your password goes on working, and unused the link stops working.
mail-password-changed-subject = Password update
mail-password-changed-lead = The password of your account at { $organization } was changed. You are signed out everywhere.
mail-password-changed-steps = Sign in with the new password from now on.
mail-password-changed-stranger = If it was not you, recover your account at once by “Forgot your password?” on the sign-in page, and tell whoever administers { $product }.
mail-password-recovered-subject = Password update
mail-password-recovered-lead = A new password was set for your account at { $organization } by a recovery. You are signed out everywhere.
mail-password-recovered-steps = Sign in with the new password from now on.
mail-password-recovered-stranger = If it was not you, recover your account at once by “Forgot your password?” on the sign-in page, and tell whoever administers { $product }.
mail-question-used-subject = Secret question used
mail-question-used-lead = Somebody answered the secret question of your account at { $organization } correctly.
mail-question-used-steps = Whoever did may now set a new password.
mail-question-used-stranger = If it was not you, sign in, change your password and your secret question, and tell whoever administers { $product }.
mail-question-set-subject = Secret question changed
mail-question-set-lead = The secret question of your account at { $organization } was set.
mail-question-set-steps = It may be asked if you lose your password.
mail-question-set-stranger = If it was not you, change your password at once, and tell whoever administers { $product }.
mail-question-removed-subject = Secret question removed
mail-question-removed-lead = The secret question of your account at { $organization } was removed.
mail-question-removed-steps = It is not asked any more.
mail-question-removed-stranger = If it was not you, change your password at once, and tell whoever administers { $product }.
mail-confirm-email-subject = E-mail update: confirm your address
mail-confirm-email-lead = Somebody asked that { $email } be the address of an account at { $organization }.
mail-confirm-email-steps = Open the link and confirm. Until then nothing changes.
mail-confirm-email-button = Confirm my address
mail-confirm-email-stranger = If you did not ask for it, do nothing: without you nothing is changed.
mail-email-change-asked-subject = E-mail update
mail-email-change-asked-lead = Somebody asked that the address of your account at { $organization } be changed to { $email }.
mail-email-change-asked-steps = It changes only when the owner of that address confirms it. If it was you, there is nothing to do here.
mail-email-change-asked-button = Stop the change
mail-email-change-asked-stranger = If it was not you, stop the change with the link, and change your password.
mail-email-changed-subject = E-mail update
mail-email-changed-lead = The address of your account at { $organization } is now { $email }.
mail-email-changed-steps = From now on messages go there.
mail-email-changed-stranger = If it was not you, tell whoever administers { $product } at once.
mail-emails-set-subject = E-mail update
mail-emails-set-lead = An administrator changed the e-mail addresses of your account at { $organization }.
mail-emails-set-steps = The main address is now { $email }.
mail-emails-set-stranger = If you know of no reason for it, tell whoever administers { $product }.
mail-expiry-subject = Your password expires soon
mail-expiry-lead = The password of your account at { $organization } { $days ->
    [0] expires today
    [one] expires in one day
   *[other] expires in { $days } days
 }.
mail-expiry-steps = Sign in before then and it stays as it is, unless your organization wants a new one after a while. After that you will be asked for a new one when you sign in.
mail-expiry-button = Sign in
mail-expiry-stranger = This is a reminder; nobody signed in or changed anything.
recover-choose = Choose how. Whichever you choose, your password goes on working until you have set a new one.
recover-way-reset-link = A link by e-mail
recover-way-reset-link-help = We write to the address of your account. The link opens the page where you choose a new password.
recover-way-rescue-code = A rescue code
recover-way-rescue-code-help = We send a code to every address of your account. You exchange it for a temporary password.
recover-way-temporary-password = A temporary password by e-mail
recover-way-temporary-password-help = If you know the e-mail address that is registered for you.
recover-way-secret-question = Your secret question
recover-way-secret-question-help = If you set one in your settings.
recover-problem = That did not work
recover-temporary-password-title = Temporary password
recover-temporary-password-lead = Write the e-mail address that is registered for your account. A temporary password is sent there, with which you choose a new one.
recover-temporary-password-submit = Send the temporary password
recover-done-temporary-password-title = Look at your mail
recover-done-temporary-password-text = If what you wrote belongs to an account, a temporary password is on its way to that address. It works for one day.
recover-done-nothing = Nothing there? Look in the spam folder, and wait a few minutes.
field-email = E-mail address
recover-link-chooser = Other ways back in

## Rescue code and link
field-code = Rescue code
recover-rescue-code-title = Rescue code
recover-rescue-code-lead = Write the code that you received by e-mail. We will send you a temporary password, with which you choose a new one.
recover-rescue-code-submit = Generate a password
recover-link-new-rescue-code = Generate a rescue code
recover-news-rescue-code-title = Look at your mail
recover-news-rescue-code-text = If what you wrote belongs to an account, a code is on its way to each of its addresses. It works once, with five tries; the newest one voids those before it.
recover-new-rescue-code-title = Generate a rescue code
recover-new-rescue-code-lead = We will send a different code to every e-mail address that is registered for your account. Your password goes on working.
recover-new-rescue-code-submit = Generate a code
recover-link-rescue-code = I have a code already
recover-done-redeemed-title = A temporary password was sent
recover-done-redeemed-text = The code is right. We sent a temporary password to every address that is registered for your account. Sign in with it and choose a new one.
problem-wrong-code = The code is wrong, used, or does not work any more. Look at it again, or generate another.
recover-reset-link-account-title = Forgot your password?
recover-reset-link-account-lead = Say whose account it is. Before anything is sent we ask you whether it is your e-mail.
recover-reset-link-account-submit = Continue
recover-reset-link-title = Is this your e-mail?
recover-reset-link-lead = We will send a link there that opens the page where you choose a new password.
recover-reset-link-submit = Send e-mail
recover-link-another-account = Use another account
recover-done-reset-link-title = Look at your mail
recover-done-reset-link-text = If the account exists and that is its e-mail, a message is on its way. Open its link, write the new password twice and save it; then sign in with it. The link works once and for a short time.
recover-reset-title = New password
recover-reset-lead = Choose a new password and write it twice. Saving it ends all your sessions, on other devices too.
recover-reset-submit = Save the password
reset-void-title = This link does not work any more
reset-void-text = Its time is over, it was used, there is a newer one, or it did not arrive whole. Nothing was changed.
reset-void-again = Recover access

## Warning of an expiry
mail-expiry-until = It can be used as it is until { $moment }.

## Settings
settings-title = Settings
settings-problem = Your settings were not saved
settings-saved-question = Your secret question is saved.
settings-saved-question-removed = Your secret question is removed.
settings-saved-language = This is your language from now on, in messages too.
settings-saved-session = That session is ended.
settings-saved-sessions = All your other sessions are ended.
settings-saved-email = The change of address is stopped.
settings-password = Password
settings-password-text = Changing it signs you out everywhere.
settings-email = E-mail addresses
settings-email-change = Change the address
settings-email-add = Add an address
settings-question = Secret question
settings-question-present = You are asked:
settings-question-closed = Somebody gave too many wrong answers. It opens again when you next sign in.
settings-question-none = You have none.
settings-question-advice = It is the weakest way back in: people who know you may know the answer. Choose one that nobody can look up.
settings-question-own = A question of my own
settings-question-own-help = Whoever knows your username can read it. Do not give the answer away in it.
settings-question-submit = Save the question
settings-question-remove = Remove the question
settings-answer-help = Capitals, accents and spaces make no difference.
settings-language = Language
settings-language-legend = Language of pages and messages
settings-language-submit = Save the language
settings-sessions = Where you are signed in
settings-sessions-text = If you do not know one of these, end it and change your password.
settings-session-this = this one
settings-session-where = From the address { $address }
settings-session-when = Since { $since }; last used { $seen }
settings-session-end = End
settings-sessions-end-others = End all others
field-question = Question
field-own-question = Your own question
field-answer = Answer
field-current-password = Your current password
field-new-email = New e-mail address
problem-wrong-password = The password is not right.
problem-wrong-answer = That is not the answer, or the question is closed.
problem-bad-question = Choose a question, or write one of your own on one line of at most 200 characters.
problem-short-answer = The answer is too short: it needs three letters or digits.
problem-long-answer = The answer is too long: it has at most 100 characters.
problem-obvious-answer = Anybody would try that answer: it is a very common one, your name, or a part of the question.
problem-not-offered = Your organization does not offer secret questions.
question-childhood-friend = What was the name of your best friend when you were a child?
question-first-teacher = What was your first teacher called?
question-first-pet = What was the name of your first pet?
question-childhood-street = In which street did you live as a child?
question-grandmother-town = In which town was your mother’s mother born?
question-first-job = Where did you work first?
question-favourite-dish = What was your favourite dish as a child?
question-first-journey = Where did your first long journey take you?

## E-mail address
email-title = Your e-mail address
email-lead = It changes when the new address is confirmed. Until then nothing changes.
email-lead-none = Your account has no e-mail address. With one you can get back in if you lose your password.
email-problem = The address was not changed
problem-email-malformed = That is not an address we can write to. It looks like name@example.com, without accents or spaces.
problem-email-same = That is your address already.
email-current = Addresses of your account
email-none = None yet.
email-help = We write to it. Open the link in that message within a day.
email-submit = Send the confirmation
email-later = Not now
email-pending-title = A change waits for you
email-pending-text = We wrote to { $address }. Open the link in that message before { $until }.
email-withdraw = Stop this change
email-link-title-confirm = Confirm this address
email-link-text-confirm = { $address } becomes the address of the account { $username } at { $organization }.
email-link-submit-confirm = Yes, this is my address
email-link-not-you-confirm = If the account is not yours, close this page: nothing will change.
email-link-title-stop = Stop the change of address
email-link-text-stop = Somebody asked for { $address } to become the address of the account { $username } at { $organization }.
email-link-submit-stop = Stop the change
email-link-not-you-stop = If it was not you, change your password as well: whoever asked knew it.
email-done-title-confirmed = The address is confirmed
email-done-text-confirmed = Messages go there from now on. We wrote to the old address and to the new one.
email-done-title-stopped = The change is stopped
email-done-text-stopped = The address of the account stays as it was. If it was not you who asked, change your password now.
email-done-title-void = This link about your address does not work any more
email-done-text-void = It was used already, is older than a day, or a newer one or another change took its place.
email-done-settings = Go to your settings
portal-no-address = Your account has no e-mail address
portal-no-address-text = Without one you cannot get back in by yourself if you lose your password.

## Secret question
recover-question-names-title = Secret question
recover-question-names-lead = Tell us whose question it is.
recover-question-names-submit = Show the question
recover-secret-question-title = Answer your question
recover-secret-question-lead = Capitals, accents and spaces make no difference. After five wrong answers it is closed until you sign in again.
recover-secret-question-submit = Validate
recover-question-password-title = Choose a new password
recover-question-password-lead = The answer is right. Choose within 15 minutes.
recover-question-password-submit = Save the password
recover-done-question-saved-title = Your new password is saved
recover-done-question-saved-text = You are signed out everywhere. Sign in with it now. We wrote to every address of your account.
recover-done-question-link-title = One more step
recover-done-question-link-text = Your organization wants your mailbox proved, too. A link to choose a new password is on its way to your address.

## Administration
mail-trial-subject = Test of the mail server
mail-trial-lead = This message was sent to try the mail server of { $organization }. That you read it means that it works.
mail-trial-stranger = If you do not administer { $product }, somebody gave your address by mistake; there is nothing to do.
portal-administration = Administration
admin-title = Administration
admin-lead = Choose an organization: its users, or what it settles.
admin-organizations = Organizations
admin-more = There are more organizations than are shown here. Use the command line to see them all.
admin-back = Back, without saving
admin-next = More
admin-export = Download as a file
admin-link-home = All organizations
admin-link-users = Users
admin-link-settings = Settings
admin-link-audit = Audit trail
admin-link-trail = Whole audit trail of this account
admin-link-new-organization = Add an organization
admin-link-new-user = Invite a user
admin-link-import = Import from a file
admin-link-export = Download as a file
admin-link-rename = Rename
admin-link-rules = Passwords and recovery
admin-link-mail-server = Mail server
admin-link-edit-user = Name, role, applications
admin-link-emails = E-mail addresses
admin-organization-title = { $name }: application management
admin-users-title = Users of { $name }
admin-users = List
admin-nobody = No user fits.
admin-nobody-yet = Nobody among those who were looked at so far. The search goes on.
admin-search = Find a user
admin-search-help = By how the username, a name or an e-mail address begins; several words must all fit. Empty for all.
admin-search-submit = Search
admin-user-title = Account of { $name }
admin-why = Why can this person not sign in?
admin-remarks = The person can sign in, but:
admin-nothing-wrong = Nothing is wrong with the account: the person can sign in.
admin-obstacle-deactivated = An administrator deactivated the account. Activate it to let the person in.
admin-obstacle-locked = Sign-in is locked for security after too many attempts, until { $moment }. Lift the lock to let the person try again.
admin-obstacle-no-password = No password was ever set. Start a recovery, so that the person can choose one.
admin-obstacle-password-expired = The password expired on { $moment }. At the next sign-in the person must choose another.
admin-obstacle-no-address = No e-mail address is registered, so nothing can be sent to the person.
admin-obstacle-mail-failed = The last message to the person could not be delivered.
admin-obstacle-mail-waiting = The last message to the person is still waiting to be delivered.
admin-sessions = Open sessions
admin-no-sessions = None.
admin-session = Since { $since }, last seen { $seen }
admin-pending = Recoveries under way
admin-mails = Messages about this account
admin-no-mails = None so far.
admin-events = What happened
audit-none = Nothing found.
audit-by = by { $actor }
admin-act-activate = Activate
admin-act-deactivate = Deactivate
admin-act-unlock = Lift the security lock
admin-act-recover = Start a recovery by mail
admin-act-end-sessions = End all sessions
admin-act-remove = Remove…
admin-fact-name = Name
admin-fact-email = E-mail
admin-fact-role = Role
admin-fact-applications = Applications
admin-fact-groups = Groups
admin-fact-status = Status
admin-fact-password = Password set on
admin-fact-expires = Password expires on
admin-fact-last-active = Last activity
admin-fact-added = Added on
admin-fact-temporary-password = Temporary password, valid until
admin-fact-rescue-code = Rescue code, valid until
admin-fact-reset-link = Reset link, valid until
admin-fact-email-change = Change of address, open until
admin-fact-key = Key
admin-fact-parent = Below
admin-fact-sends-by = Mail goes out by the server of
admin-fact-mail-server = Own mail server
admin-fact-sender = Sender
admin-fact-sender-name = Name of the sender
admin-fact-recovery = Ways back in
admin-fact-rules = Rules for passwords
admin-fact-question = Secret question
admin-option-role-user = User
admin-option-role-admin = Administrator
admin-option-role-operator = Operator
admin-option-active = active
admin-option-deactivated = deactivated
admin-option-installation = this installation
admin-option-inherit = As the organization above
admin-option-own = As chosen here
admin-option-configured = Those of this installation
admin-option-modern = Long, without composition or expiry (NIST)
admin-option-yes = Only after the mailbox was proved
admin-option-no = May be asked at once
admin-option-reset-link = A link by e-mail
admin-option-rescue-code = A rescue code
admin-option-temporary-password = A temporary password
admin-option-secret-question = The secret question
admin-option-starttls = STARTTLS: begins in clear, goes on encrypted
admin-option-implicit = TLS from the first byte
admin-option-none = Not encrypted
admin-option-any = Any
admin-field-password = Your password
admin-field-username = Username
admin-help-username = It cannot be changed later.
admin-field-name = Name
admin-field-email = E-mail address
admin-help-email = The invitation goes there, with a temporary password that nobody else learns.
admin-field-role = Role
admin-field-applications = Applications
admin-field-groups = Groups
admin-help-groups = Separated by commas. You can give only groups that you are in yourself.
admin-field-emails = E-mail addresses
admin-help-emails = Separated by commas; the first is the main one. It may be an institutional address or that of an area manager.
admin-field-why = Reason
admin-help-why = It is written to the audit trail. The old addresses are warned.
admin-field-key = Key
admin-help-key = 2 to 32 letters, digits, &, -, _ or . It cannot be changed later.
admin-field-recovery = Ways back in
admin-help-recovery = They count where “as chosen here” is set below.
admin-field-source = Who decides on the ways back in
admin-field-question = Secret question
admin-field-rules = Rules for passwords
admin-field-sender-name = Name of the sender
admin-help-sender-name = Messages come from this name; empty for that of the organization above.
admin-field-host = Host
admin-help-host = The name of your mail server, such as smtp.example.com; empty for the one of the organization above.
admin-field-port = Port
admin-field-encryption = Encryption
admin-field-mail-user = User name at the mail server
admin-field-mail-password = Password at the mail server
admin-help-mail-password = It is never shown. Left empty, the present one stays, unless host, port, encryption or user name change.
admin-field-sender = Sender's address
admin-field-user = User
admin-help-user = Organization, a slash and the username, such as acme/ana.
admin-field-since = From this day on
admin-help-since = Such as 2026-11-03; empty for the last seven days.
admin-field-action = Action
admin-field-reason = Outcome
admin-form-confirm-title = Confirm that it is you
admin-form-confirm-lead = What you want to do asks for your password again. It is not asked for a few minutes then.
admin-form-confirm-submit = Go on
admin-form-new-user-title = Invite a user
admin-form-new-user-lead = A temporary password is mailed to the person, who then chooses a lasting one.
admin-form-new-user-submit = Send the invitation
admin-form-edit-user-title = Name, role and applications
admin-form-edit-user-lead = A change of rights ends the person's sessions.
admin-form-edit-user-submit = Save
admin-form-emails-title = E-mail addresses
admin-form-emails-lead = Recoveries go to these addresses. Outstanding codes and links end.
admin-form-emails-submit = Save and warn the old addresses
admin-form-rename-title = Rename the organization
admin-form-rename-lead = The key stays.
admin-form-rename-submit = Save the name
admin-form-rules-title = Passwords and recovery
admin-form-rules-lead = They hold for this organization and those below it that settle nothing themselves.
admin-form-rules-submit = Save the rules
admin-form-mail-server-title = Mail server
admin-form-mail-server-lead = All mail of this organization, and of those below it without a server of their own, goes out by it.
admin-form-mail-server-submit = Save the mail server
admin-form-new-organization-title = Add an organization
admin-form-new-organization-lead = It is put below the present one.
admin-form-new-organization-submit = Add
admin-form-remove-title = Remove the account for good
admin-form-remove-lead = It cannot be brought back. To close it for a while, deactivate it instead.
admin-form-remove-submit = Remove
admin-form-import-title = Import users from a file
admin-form-import-lead = All users of the file are added, or none. Nobody is written to: with “forgot my password” each person gets the first password by e-mail.
admin-form-import-submit = Send the file
admin-field-file = File
admin-help-file = A table as CSV in UTF-8, of at most 4 MB.
admin-import-how = How
admin-import-look = Only look whether it could be taken in
admin-import-columns = What the file looks like
admin-import-columns-text = The first line names the columns: username, and as many of name, emails, role, status, groups, applications and organization as you need. Several addresses, groups or applications of one person are separated by semicolons. Who has no organization in the file belongs to this one.
admin-import-faults = Nothing was taken in
admin-import-line = Line { $line }:
admin-import-more =
    { $count ->
        [one] And one more.
       *[other] And { $count } more.
    }
admin-import-looked =
    { $count ->
        [one] The file is in order: one user can be taken in. Nothing was changed.
       *[other] The file is in order: { $count } users can be taken in. Nothing was changed.
    }
admin-import-taken =
    { $count ->
        [one] One user was taken in.
       *[other] { $count } users were taken in.
    }
admin-import-fault-nobody = There is nobody in the file.
admin-import-fault-not-utf8 = This is not UTF-8. Save the file in UTF-8.
admin-import-fault-not-csv = This is not CSV. Save the table as CSV.
admin-import-fault-width = The row has more or fewer fields than the first line ({ $about }).
admin-import-fault-unknown-column = There is no column “{ $about }”.
admin-import-fault-repeated-column = The column “{ $about }” stands twice.
admin-import-fault-no-usernames = The first line does not name the column username.
admin-import-fault-not-htpasswd = This is no username, colon and hash.
admin-import-fault-no-organization = The row names no organization.
admin-import-fault-value = What stands there is not possible: “{ $about }”.
admin-import-fault-too-many-emails = These are too many e-mail addresses for one account.
admin-import-fault-too-many = There are too many values in the column { $about }.
admin-import-fault-too-many-rows = There are more than { $about } rows. Send them in several files.
admin-import-fault-role = “{ $about }” is no role. Write user, admin or operator.
admin-import-fault-status = “{ $about }” is no status. Write active or deactivated.
admin-import-fault-hash = The password hash cannot be read.
admin-import-fault-unknown-organization = There is no organization { $about }.
admin-import-fault-repeated = This user stands in the file before ({ $about }).
admin-import-fault-taken = There is already a user { $about }.
admin-import-fault-foreign-hash = Passwords are not taken in here. Leave the column password_hash out.
admin-import-fault-no-address = The row has no e-mail address. Without one the person has no way in.
admin-import-fault-foreign-role = You cannot give the role { $about }.
admin-import-fault-foreign-group = You cannot give the group { $about }: you are not in it.
admin-import-fault-unknown-application = There is no application { $about }.
admin-form-trial-title = E-mail test
admin-form-trial-lead = Sends a message to your own address by the mail server in force, and says what is wrong if it does not go.
admin-form-trial-submit = Test the mail server
admin-form-audit-title = Audit trail
admin-form-audit-lead = Who tried what, from where, and how it ended. Oldest first.
admin-form-audit-submit = Search
admin-trial-ok = OK: the server took a message to { $to }.
admin-trial-failed = The message to { $to } was not sent.
admin-trial-detail = The other side said:
mail-fault-dns = No address belongs to the server's name (DNS). Check how the host is written.
mail-fault-connect = Nobody answers at this host and port. Check the port, and whether a firewall bars the way.
mail-fault-greeting = Something answers there, but not as a mail server. Check port and encryption.
mail-fault-no_start_tls = The server does not offer STARTTLS. Choose another encryption or port.
mail-fault-tls_name = The server's certificate is for another name. Write the host as the certificate names it.
mail-fault-tls_expired = The server's certificate has expired, or is not valid yet.
mail-fault-tls_untrusted = The server's certificate comes from nobody who is trusted here; it may be self-signed.
mail-fault-tls = The encrypted connection (TLS) could not be made. Check port and encryption.
mail-fault-authentication = The server does not accept this user name and password, or asks for some.
mail-fault-sender = The server does not accept the sender's address.
mail-fault-recipient = The server does not accept your address as the recipient.
mail-fault-message = The server accepted sender and recipient, but not the message.
mail-fault-timed_out = The server did not answer within 15 seconds.
mail-fault-folder = This installation writes messages to files, and that failed.
admin-done-saved = Saved.
admin-done-renamed = The new name is saved.
admin-done-added = The organization was added.
admin-done-invited = The invitation is on its way.
admin-done-activated = The account is active.
admin-done-deactivated = The account is deactivated, and its sessions have ended.
admin-done-unlocked = The lock is lifted: the person may try again.
admin-done-recovering = A temporary password is on its way to the main address.
admin-done-ended = All sessions have ended.
admin-done-emails = The addresses are saved, and the old ones are warned.
admin-done-removed = The account was removed.
admin-done-mail-server = The mail server is saved. Test it now.
admin-problem = That did not work
admin-problem-conflict = Somebody else changed the account in the same moment. Look at it and try again.
admin-problem-confirm-first = More than five minutes have gone by since you gave your password. Nothing was changed yet. Give it at the end of the form and send it again; other passwords and files have to be given again as well.
admin-problem-deactivated = The account is deactivated; activate it first.
admin-problem-expired-form = The form was too old or of another session. Send it again.
admin-problem-foreign-group = You can give only groups that you are in yourself.
admin-problem-invalid = Something is missing or not written as it should be. Look at each field.
admin-problem-invalid-name = A name or key is not written as it should be.
admin-problem-mail-server-clear = The password would travel in clear. Choose an encryption.
admin-problem-mail-server-host = The host is not a server's name or address. Write it without port.
admin-problem-mail-server-port = A port is a number from 1 to 65535.
admin-problem-mail-server-username = The user name at the mail server is too long.
admin-problem-no-address = There is no e-mail address to write to. Register one first.
admin-problem-no-file = Choose a file first.
admin-problem-no-reason = Say why: the reason is written down.
admin-problem-not-invited = The account was added, but the invitation could not be written. Start a recovery on the account's page.
admin-problem-nothing-to-change = There was nothing to change.
admin-problem-oneself = Nobody changes the own rights, addresses or account here. Ask another administrator.
admin-problem-organization-taken = There is already an organization with this key.
admin-problem-overloaded = Too much to do at this moment. Try again shortly.
admin-problem-throttled = There were too many attempts. Wait a while and try again.
admin-problem-too-deep = Organizations cannot be nested any deeper.
admin-problem-too-many-emails = These are too many addresses for one account.
admin-problem-unknown-application = There is no such application.
admin-problem-username-taken = The username is taken in this organization.
admin-problem-wrong-password = That is not your password.
mail-kind-invitation = Invitation
mail-kind-temporary_password = Temporary password
mail-kind-rescue_code = Rescue code
mail-kind-reset_link = Reset link
mail-kind-password_changed = Password changed
mail-kind-secret_question = Secret question
mail-kind-confirm_email = Confirmation of an address
mail-kind-email_change_warning = Warning of a change of address
mail-kind-email_changed = Address changed
mail-kind-expiry_warning = Warning of expiry
mail-kind-test = Test of the mail server
mail-status-waiting = waiting to be delivered
mail-status-delivered = handed to the mail server
mail-status-dead = could not be delivered
mail-status-dropped = dropped
audit-action-sign_in = Sign-in
audit-action-sign_out = Sign-out
audit-action-change_password = Change of password
audit-action-enter_application = Entering an application
audit-action-add_organization = Adding an organization
audit-action-add_user = Adding a user
audit-action-change_user = Change of an account by an administrator
audit-action-remove_user = Removing a user
audit-action-request_temporary_password = Request for a temporary password
audit-action-request_rescue_code = Request for a rescue code
audit-action-use_rescue_code = Use of a rescue code
audit-action-request_reset_link = Request for a reset link
audit-action-use_reset_link = Use of a reset link
audit-action-answer_question = Answer to the secret question
audit-action-use_question = New password by the secret question
audit-action-set_question = Setting the secret question
audit-action-request_email_change = Request for another address
audit-action-confirm_email_change = Confirming an address
audit-action-stop_email_change = Stopping a change of address
audit-action-end_sessions = Ending sessions
audit-action-warn_of_expiry = Warning of expiry
audit-action-change_organization = Change of an organization
audit-action-test_mail = Test of a mail server
audit-action-import_users = Import of users
audit-action-export_users = Export of users
audit-action-rotate_key = New signing key
audit-action-back_up = Backup
audit-action-export = Export
audit-action-restore = Restoring a backup
audit-action-import = Import
audit-action-retry_mail = Retrying a message
audit-action-drop_mail = Dropping a message
audit-action-confirm_password = Giving the password again
audit-action-look = Look at what is not one's own
audit-reason-ok = done
audit-reason-password_expired = the password had expired
audit-reason-temporary_password = with a temporary password
audit-reason-unknown_organization = unknown organization
audit-reason-unknown_user = unknown user
audit-reason-unknown_mail = unknown message
audit-reason-wrong_password = wrong password
audit-reason-wrong_code = wrong code
audit-reason-wrong_link = wrong link
audit-reason-wrong_answer = wrong answer
audit-reason-wrong_email = wrong address
audit-reason-no_email = no address is registered
audit-reason-method_not_allowed = the organization does not allow it
audit-reason-no_password = no password is set
audit-reason-deactivated = the account is deactivated
audit-reason-throttled = too many attempts
audit-reason-captcha = wrong captcha
audit-reason-bad_form = old or foreign form
audit-reason-overloaded = too much to do
audit-reason-policy = the password did not meet the rules
audit-reason-conflict = changed by somebody else meanwhile
audit-reason-not_allowed = not allowed
audit-reason-confirm_first = the password was asked for again
audit-reason-taken = already taken
audit-reason-invalid = not valid
audit-reason-failed = broke off
audit-reason-deactivated_for_security = too many failed attempts: sign-in deactivated for security
audit-reason-store_failed = the store failed
