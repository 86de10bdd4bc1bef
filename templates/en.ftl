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
captcha-listen-help = A voice says them one by one, in English.
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
