### Todos los textos de Portero en español. Un archivo con este nombre en la carpeta de plantillas
### sustituye los mensajes que contenga, uno por uno.

## En todas las páginas
skip-to-content = Ir al contenido
language-switch = Idioma
support = ¿Necesita ayuda? Contacto:
cancel = Cancelar
sign-in-again = Iniciar sesión
sign-out = Cerrar sesión

## Campos
field-organization = Organización
field-organization-help = La clave de su empresa; por ejemplo, su RFC.
field-username = Usuario
field-password = Contraseña
field-old-password-expired = Contraseña actual
field-old-password-temporary = Contraseña temporal
field-old-password-voluntary = Contraseña actual
field-new-password = Contraseña nueva
field-confirm-password = Repita la contraseña nueva

## Captcha
captcha-legend = Confirme que es una persona
captcha-alt = Imagen con letras y números deformados. Si no puede verla, escuche los caracteres.
captcha-listen = Escuchar los caracteres
captcha-listen-help = Una voz los dice uno por uno.
captcha-audio = Grabación de los caracteres
captcha-label = Caracteres que ve o escucha
captcha-help = En mayúsculas o minúsculas. Valen dos minutos.
captcha-refresh = Pedir otros caracteres

## Inicio de sesión
login-title = Iniciar sesión
login-lead = Le damos la bienvenida a { $product }.
login-ended-title = Su sesión terminó
login-ended-text = Entre otra vez para seguir donde estaba.
login-kept-title = Guardamos lo que envió
login-kept-text = Su sesión terminó antes de que llegara. Entre antes de 30 minutos con la misma cuenta y podrá enviarlo.
login-lead-application = Identifíquese para entrar en { $application }.
login-submit = Entrar
login-problem = No se pudo iniciar la sesión
login-recover = Recuperar el acceso
login-forgot = ¿Olvidó su contraseña?
notice-title = Aviso legal
notice-text = Sistema privado. Se prohíbe el acceso no autorizado. Todos los intentos de acceso se registran y se vigilan.

## Por qué no se aceptó un formulario
problem-wrong-credentials = Los datos no son correctos. Revíselos y escriba de nuevo su contraseña.
problem-incomplete = Faltan datos. Rellene todos los campos.
problem-captcha = Los caracteres no coinciden, o pasaron más de dos minutos. Pruebe con estos otros.
problem-expired-form = La página estuvo abierta demasiado tiempo. Rellene lo que falta y envíela otra vez. Si se repite, compruebe que su navegador acepta cookies.
problem-throttled =
    Hubo demasiados intentos. Espere { $unit ->
        [seconds] { $count ->
            [one] { $count } segundo
           *[other] { $count } segundos
        }
        [minutes] { $count ->
            [one] { $count } minuto
           *[other] { $count } minutos
        }
       *[hours] { $count ->
            [one] { $count } hora
           *[other] { $count } horas
        }
    } e inténtelo de nuevo.
problem-deactivated = Por seguridad se desactivó el acceso con contraseña tras demasiados intentos fallidos. Recupere el acceso o pida ayuda a su administrador.
problem-overloaded = Hay mucha gente entrando en este momento. Espere unos segundos e inténtelo de nuevo.
problem-wrong-old = La contraseña actual no es correcta.
problem-unmet = La contraseña nueva no cumple estas reglas:
problem-mismatch = Las dos contraseñas nuevas no son iguales.

## Cambio de contraseña
password-title = Cambiar la contraseña
password-lead-expired = Su contraseña venció. Elija una nueva para continuar.
password-lead-temporary = Entró con una contraseña temporal. Elija ahora la suya, que la sustituirá.
password-lead-voluntary = Escriba su contraseña actual y elija una nueva.
password-problem = No se cambió la contraseña
password-rules = La contraseña nueva debe:
password-submit = Guardar la contraseña
password-ends-sessions = Al guardarla se cierran todas sus sesiones, también en otros equipos. Después entrará con la contraseña nueva.
password-changed-title = Su contraseña cambió
password-changed-text = Por seguridad se cerraron todas sus sesiones.
password-changed-wait = En { $count } segundos esta página le llevará a iniciar sesión con la contraseña nueva.
rule-too-short =
    tener al menos { $count ->
        [one] { $count } carácter
       *[other] { $count } caracteres
    }
rule-too-long =
    tener como máximo { $count ->
        [one] { $count } carácter
       *[other] { $count } caracteres
    }
rule-uppercase = incluir una letra mayúscula
rule-lowercase = incluir una letra minúscula
rule-digit = incluir un número
rule-special = incluir uno de estos signos: { $characters }
rule-context-word = no contener su nombre, su usuario ni su organización
rule-common = no ser una de las contraseñas más comunes
rule-reused =
    { $count ->
        [one] ser distinta de la última que usó
       *[other] ser distinta de las últimas { $count } que usó
    }

## Portal
portal-title = Sus aplicaciones
portal-greeting = Hola, { $name }
portal-account = Su cuenta
portal-change-password = Cambiar la contraseña
portal-email = Correo electrónico
portal-settings = Ajustes
portal-expiry =
    { $days ->
        [0] Su contraseña vence hoy
        [one] Su contraseña vence en { $days } día
       *[other] Su contraseña vence en { $days } días
    }
portal-expiry-idle =
    { $days ->
        [one] Su contraseña vencerá si no entra durante { $days } día
       *[other] Su contraseña vencerá si no entra durante { $days } días
    }
portal-expiry-text = Si la cambia ahora, no tendrá que hacerlo con prisa.
portal-applications = Sus aplicaciones
portal-enter = Entrar
portal-enter-window = Abrir en otra ventana
portal-no-applications = Todavía no tiene aplicaciones asignadas. Pida acceso a su administrador.
portal-downloads = Descargas y herramientas

## Cierre de sesión
sign-out-title = ¿Cerrar la sesión?
sign-out-text = Saldrá de todas las aplicaciones en este navegador.
sign-out-stay = Seguir aquí
signed-out-title = Cerró la sesión
signed-out-text = Hasta pronto. Si este equipo lo usan otras personas, cierre también el navegador.

## Un envío guardado
kept-title = Guardamos lo que envió
kept-text = Su sesión había terminado, y guardamos lo que había enviado a { $application }. ¿Quiere enviarlo ahora?
kept-send = Enviar ahora
kept-discard = Descartarlo

## Mensajes
message-status = Código { $status }
message-reference = Si pide ayuda, dé este número:
message-retry = Intentar de nuevo
message-portal = Ir a sus aplicaciones
message-sign-out = Entrar con otra cuenta
message-bad-request-title = No entendimos la petición
message-bad-request-text = El navegador envió algo que no se puede leer.
message-bad-request-next = Vuelva a la página anterior y repita el paso. Si abrió un enlace, compruebe que esté completo.
message-expired-form-title = El formulario ya no vale
message-expired-form-text = Estuvo abierto demasiado tiempo o es de otra sesión. No se hizo ningún cambio.
message-expired-form-next = Vuelva a la página anterior, cárguela de nuevo y repita el paso.
message-forbidden-title = No tiene acceso
message-forbidden-application = Inició sesión como { $username }, y esa cuenta no tiene acceso a { $application }.
message-forbidden-page = Inició sesión como { $username }, y esa cuenta no tiene acceso a esta página.
message-forbidden-next = Si lo necesita para su trabajo, pida acceso a su administrador.
message-not-found-title = No hay nada en esta dirección
message-not-found-text = La página no existe o cambió de lugar.
message-not-found-next = Revise la dirección, o empiece desde sus aplicaciones.
message-method-not-allowed-title = Esta página no se usa así
message-method-not-allowed-text = La dirección existe, pero no admite esta clase de petición.
message-method-not-allowed-next = Vuelva a la página anterior y repita el paso.
message-unknown-host-title = No conocemos esta dirección
message-unknown-host-text = En este servidor no hay ninguna aplicación con ese nombre.
message-unknown-host-next = Revise la dirección en la barra del navegador.
message-misdirected-title = La petición llegó a otra puerta
message-misdirected-text = El navegador usó una conexión que pertenece a otra dirección.
message-misdirected-next = Cargue la página de nuevo.
message-too-large-title = Lo que envió es demasiado grande
message-too-large-text = Supera el tamaño que se admite, y no se recibió nada.
message-too-large-next = Reduzca el archivo o envíelo en partes.
message-too-slow-title = La petición tardó demasiado
message-too-slow-text = La conexión se interrumpió antes de recibirlo todo.
message-too-slow-next = Revise su conexión e inténtelo de nuevo.
message-throttled-title = Demasiadas peticiones
message-throttled-text = Recibimos muchas peticiones seguidas desde su conexión.
message-throttled-next =
    Espere { $unit ->
        [seconds] { $count ->
            [one] { $count } segundo
           *[other] { $count } segundos
        }
        [minutes] { $count ->
            [one] { $count } minuto
           *[other] { $count } minutos
        }
       *[hours] { $count ->
            [one] { $count } hora
           *[other] { $count } horas
        }
    } e inténtelo de nuevo.
message-upstream-failed-title = La aplicación no responde
message-upstream-failed-text = No pudimos comunicarnos con { $application }. El problema no está en su cuenta ni en su equipo.
message-upstream-failed-next = Espere un momento e inténtelo de nuevo. Si lo que hacía era un envío, compruebe antes si llegó.
message-upstream-slow-title = La aplicación tarda demasiado
message-upstream-slow-text = { $application } no respondió a tiempo. El problema no está en su cuenta ni en su equipo.
message-upstream-slow-next = Espere un momento e inténtelo de nuevo. Si lo que hacía era un envío, compruebe antes si ya se hizo.
message-unavailable-title = Volvemos en un momento
message-unavailable-text = El servicio está muy ocupado o se está reiniciando.
message-unavailable-next = Espere unos segundos y cargue la página de nuevo.
message-internal-title = Algo falló de nuestro lado
message-internal-text = No es culpa suya y ya quedó registrado.
message-internal-next = Inténtelo de nuevo en unos minutos.

# Recuperar el acceso
recover-title = Recuperar el acceso
recover-text = Una persona de soporte puede darle una contraseña temporal, con la que elegirá otra nueva. Nunca le pedirá la suya.
recover-support = Diga su organización y su usuario a:
recover-administrator = Diga su organización y su usuario a quien administra este sistema.
recover-back = Volver a iniciar sesión

## Correos
mail-hello = Hola, { $name }:
mail-automatic = Este mensaje es automático; no hace falta contestarlo.
mail-invitation-subject = Su cuenta en { $product }
mail-invitation-lead = { $organization } le abrió una cuenta en { $product }.
mail-invitation-sign-in = Entre aquí con estos datos:
mail-invitation-button = Iniciar sesión
mail-invitation-organization = Organización
mail-invitation-username = Usuario
mail-invitation-password = Contraseña temporal
mail-invitation-expires = La contraseña temporal sirve una sola vez y hasta el { $moment }. Con ella elegirá la suya.
mail-invitation-stranger = Si no esperaba este mensaje, no haga nada: sin usarlos, estos datos dejan de servir. Puede avisar a quien administra { $product }.
mail-works-until = Sirve una sola vez y hasta el { $moment }.
mail-when = Cuándo
mail-from-where = Desde la dirección
mail-temporary-password-subject = Recuperación de contraseña
mail-temporary-password-lead = Alguien pidió una contraseña temporal para su cuenta en { $organization }. Es esta:
mail-temporary-password-steps = Inicie sesión con ella como si fuera la suya: abre la página donde elegirá una nueva, y nada más.
mail-temporary-password-button = Iniciar sesión con ella
mail-temporary-password-stranger = Si no la pidió usted, no haga nada: su contraseña sigue sirviendo y esta, sin usarla, deja de servir.
mail-rescue-code-subject = Recuperación de contraseña
mail-rescue-code-lead = Alguien pidió un código de rescate para su cuenta en { $organization }. Es este:
mail-rescue-code-steps = Escríbalo en la página del código de rescate; no importan mayúsculas ni guiones. Después se le enviará una contraseña temporal.
mail-rescue-code-button = Escribir el código
mail-rescue-code-stranger = Si no lo pidió usted, no haga nada: su contraseña sigue sirviendo y el código, sin usarlo, deja de servir. No se lo diga a nadie, ni a quien administra este sistema.
mail-reset-link-subject = Recuperación de contraseña
mail-reset-link-lead = Alguien pidió elegir una contraseña nueva para su cuenta en { $organization }.
mail-reset-link-steps = Abra el enlace, escriba dos veces la contraseña nueva y guárdela. Después inicie sesión con ella.
mail-reset-link-button = Elegir una contraseña nueva
mail-reset-link-stranger = Si no lo pidió usted, no haga nada: su contraseña sigue sirviendo y el enlace, sin usarlo, deja de servir.
mail-password-changed-subject = Actualización de contraseña
mail-password-changed-lead = Se cambió la contraseña de su cuenta en { $organization }. Se cerró su sesión en todas partes.
mail-password-changed-steps = Desde ahora inicie sesión con la contraseña nueva.
mail-password-changed-stranger = Si no fue usted, recupere su cuenta cuanto antes con «¿Olvidó su contraseña?» en la página de inicio de sesión, y avise a quien administra { $product }.
mail-password-recovered-subject = Actualización de contraseña
mail-password-recovered-lead = Se puso una contraseña nueva a su cuenta en { $organization } mediante una recuperación. Se cerró su sesión en todas partes.
mail-password-recovered-steps = Desde ahora inicie sesión con la contraseña nueva.
mail-password-recovered-stranger = Si no fue usted, recupere su cuenta cuanto antes con «¿Olvidó su contraseña?» en la página de inicio de sesión, y avise a quien administra { $product }.
mail-question-used-subject = Se usó su pregunta secreta
mail-question-used-lead = Alguien contestó bien la pregunta secreta de su cuenta en { $organization }.
mail-question-used-steps = Quien lo hizo puede poner ahora una contraseña nueva.
mail-question-used-stranger = Si no fue usted, inicie sesión, cambie su contraseña y su pregunta secreta, y avise a quien administra { $product }.
mail-question-set-subject = Cambio de pregunta secreta
mail-question-set-lead = Se guardó la pregunta secreta de su cuenta en { $organization }.
mail-question-set-steps = Se le podrá hacer si pierde su contraseña.
mail-question-set-stranger = Si no fue usted, cambie su contraseña cuanto antes y avise a quien administra { $product }.
mail-question-removed-subject = Se quitó su pregunta secreta
mail-question-removed-lead = Se quitó la pregunta secreta de su cuenta en { $organization }.
mail-question-removed-steps = Ya no se le hará.
mail-question-removed-stranger = Si no fue usted, cambie su contraseña cuanto antes y avise a quien administra { $product }.
mail-confirm-email-subject = Actualización de correo: confirme su dirección
mail-confirm-email-lead = Alguien pidió que { $email } sea la dirección de una cuenta en { $organization }.
mail-confirm-email-steps = Abra el enlace y confírmelo. Hasta entonces no cambia nada.
mail-confirm-email-button = Confirmar mi dirección
mail-confirm-email-stranger = Si no lo pidió usted, no haga nada: sin usted no se cambia nada.
mail-email-change-asked-subject = Actualización de correo
mail-email-change-asked-lead = Alguien pidió cambiar la dirección de su cuenta en { $organization } por { $email }.
mail-email-change-asked-steps = Solo cambiará cuando quien usa esa dirección lo confirme. Si fue usted, aquí no hay nada que hacer.
mail-email-change-asked-button = Detener el cambio
mail-email-change-asked-stranger = Si no fue usted, detenga el cambio con el enlace y cambie su contraseña.
mail-email-changed-subject = Actualización de correo
mail-email-changed-lead = La dirección de su cuenta en { $organization } es ahora { $email }.
mail-email-changed-steps = Desde ahora los mensajes llegan ahí.
mail-email-changed-stranger = Si no fue usted, avise cuanto antes a quien administra { $product }.
mail-emails-set-subject = Actualización de correo
mail-emails-set-lead = Un administrador cambió las direcciones de correo de su cuenta en { $organization }.
mail-emails-set-steps = La dirección principal es ahora { $email }.
mail-emails-set-stranger = Si no sabe de ningún motivo, avise a quien administra { $product }.
mail-expiry-subject = Su contraseña vence pronto
mail-expiry-lead = La contraseña de su cuenta en { $organization } { $days ->
    [0] vence hoy
    [one] vence en un día
   *[other] vence en { $days } días
 }.
mail-expiry-steps = Si inicia sesión antes, sigue como está, salvo que su organización pida una nueva cada cierto tiempo. Después se le pedirá una nueva al iniciar sesión.
mail-expiry-button = Entrar
mail-expiry-stranger = Esto es un recordatorio; nadie inició sesión ni cambió nada.
recover-choose = Elija cómo. Elija lo que elija, su contraseña sigue sirviendo hasta que ponga una nueva.
recover-way-reset-link = Un enlace por correo
recover-way-reset-link-help = Escribimos a la dirección de su cuenta. El enlace abre la página donde elegirá una contraseña nueva.
recover-way-rescue-code = Un código de rescate
recover-way-rescue-code-help = Enviamos un código a cada dirección de su cuenta. Lo cambiará por una contraseña temporal.
recover-way-temporary-password = Una contraseña temporal por correo
recover-way-temporary-password-help = Si sabe qué dirección de correo está registrada para usted.
recover-way-secret-question = Su pregunta secreta
recover-way-secret-question-help = Si la guardó en sus ajustes.
recover-problem = No se pudo
recover-temporary-password-title = Contraseña temporal
recover-temporary-password-lead = Escriba la dirección de correo registrada para su cuenta. Ahí se enviará una contraseña temporal, con la que elegirá una nueva.
recover-temporary-password-submit = Enviar la contraseña temporal
recover-done-temporary-password-title = Mire su correo
recover-done-temporary-password-text = Si lo que escribió corresponde a una cuenta, ya va en camino a esa dirección una contraseña temporal. Sirve durante un día.
recover-done-nothing = ¿No llega? Mire en el correo no deseado y espere unos minutos.
field-email = Correo electrónico
recover-link-chooser = Otras formas de recuperar el acceso

## Código de rescate y enlace
field-code = Código de rescate
recover-rescue-code-title = Código de rescate
recover-rescue-code-lead = Escriba el código que recibió por correo. Le enviaremos una contraseña temporal, con la que elegirá una nueva.
recover-rescue-code-submit = Generar contraseña
recover-link-new-rescue-code = Generar un código de rescate
recover-news-rescue-code-title = Mire su correo
recover-news-rescue-code-text = Si lo que escribió corresponde a una cuenta, enviamos un código a cada una de sus direcciones. Sirve una sola vez, con cinco intentos; el más nuevo anula a los anteriores.
recover-new-rescue-code-title = Generar un código de rescate
recover-new-rescue-code-lead = Enviaremos un código distinto a cada dirección de correo registrada para su cuenta. Su contraseña sigue sirviendo.
recover-new-rescue-code-submit = Generar código
recover-link-rescue-code = Ya tengo un código
recover-done-redeemed-title = Se envió una contraseña temporal
recover-done-redeemed-text = El código es correcto. Enviamos una contraseña temporal a cada dirección registrada para su cuenta. Inicie sesión con ella y elija una nueva.
problem-wrong-code = El código no es correcto, ya se usó o dejó de servir. Revíselo, o genere otro.
recover-reset-link-account-title = ¿Olvidó su contraseña?
recover-reset-link-account-lead = Diga de quién es la cuenta. Antes de enviar nada le preguntaremos si es su correo.
recover-reset-link-account-submit = Continuar
recover-reset-link-title = ¿Es este su correo?
recover-reset-link-lead = Ahí enviaremos un enlace que abre la página donde elegirá una contraseña nueva.
recover-reset-link-submit = Enviar correo
recover-link-another-account = Usar otra cuenta
recover-done-reset-link-title = Mire su correo
recover-done-reset-link-text = Si la cuenta existe y ese es su correo, ya va en camino un mensaje. Abra su enlace, escriba dos veces la contraseña nueva y guárdela; después inicie sesión con ella. El enlace sirve una sola vez y por poco tiempo.
recover-reset-title = Contraseña nueva
recover-reset-lead = Elija una contraseña nueva y escríbala dos veces. Al guardarla se cierran todas sus sesiones, también en otros equipos.
recover-reset-submit = Guardar la contraseña
reset-void-title = Este enlace ya no sirve
reset-void-text = Pasó su tiempo, ya se usó, hay uno más nuevo o no llegó completo. No se hizo ningún cambio.
reset-void-again = Recuperar el acceso

## Aviso de vencimiento
mail-expiry-until = Sirve como está hasta el { $moment }.

## Ajustes
settings-title = Ajustes
settings-problem = No se guardaron sus ajustes
settings-saved-question = Su pregunta secreta quedó guardada.
settings-saved-question-removed = Se quitó su pregunta secreta.
settings-saved-language = Este es su idioma desde ahora, también en los mensajes.
settings-saved-session = Esa sesión está cerrada.
settings-saved-sessions = Todas sus otras sesiones están cerradas.
settings-saved-email = Se detuvo el cambio de dirección.
settings-password = Contraseña
settings-password-text = Al cambiarla se cierran todas sus sesiones.
settings-email = Direcciones de correo
settings-email-change = Cambiar la dirección
settings-email-add = Añadir una dirección
settings-question = Pregunta secreta
settings-question-present = Se le pregunta:
settings-question-closed = Alguien dio demasiadas respuestas equivocadas. Se abre de nuevo cuando usted inicie sesión.
settings-question-none = No tiene ninguna.
settings-question-advice = Es la forma más débil de recuperar el acceso: quien le conoce puede saber la respuesta. Elija una que nadie pueda averiguar.
settings-question-own = Una pregunta mía
settings-question-own-help = La puede leer cualquiera que sepa su usuario. Que no delate la respuesta.
settings-question-submit = Guardar la pregunta
settings-question-remove = Quitar la pregunta
settings-answer-help = No importan mayúsculas, acentos ni espacios.
settings-language = Idioma
settings-language-legend = Idioma de las páginas y los mensajes
settings-language-submit = Guardar el idioma
settings-sessions = Dónde tiene sesión iniciada
settings-sessions-text = Si no reconoce alguna, ciérrela y cambie su contraseña.
settings-session-this = esta
settings-session-where = Desde la dirección { $address }
settings-session-when = Desde el { $since }; último uso el { $seen }
settings-session-end = Cerrar
settings-sessions-end-others = Cerrar todas las demás
field-question = Pregunta
field-own-question = Su propia pregunta
field-answer = Respuesta
field-current-password = Su contraseña actual
field-new-email = Dirección de correo nueva
problem-wrong-password = La contraseña no es correcta.
problem-wrong-answer = Esa no es la respuesta, o la pregunta está cerrada.
problem-bad-question = Elija una pregunta, o escriba una suya en una línea de 200 caracteres como máximo.
problem-short-answer = La respuesta es demasiado corta: necesita tres letras o cifras.
problem-long-answer = La respuesta es demasiado larga: tiene como máximo 100 caracteres.
problem-obvious-answer = Cualquiera probaría esa respuesta: es muy común, es su nombre o está en la pregunta.
problem-not-offered = Su organización no ofrece preguntas secretas.
question-childhood-friend = ¿Cómo se llamaba su mejor amigo o amiga de la infancia?
question-first-teacher = ¿Cómo se llamaba su primer maestro o maestra?
question-first-pet = ¿Cómo se llamaba su primera mascota?
question-childhood-street = ¿En qué calle vivió de niño o de niña?
question-grandmother-town = ¿En qué pueblo o ciudad nació la madre de su madre?
question-first-job = ¿Dónde trabajó por primera vez?
question-favourite-dish = ¿Cuál era su plato preferido en la infancia?
question-first-journey = ¿Adónde le llevó su primer viaje largo?

## Dirección de correo
email-title = Su dirección de correo
email-lead = Cambia cuando se confirma la dirección nueva. Hasta entonces no cambia nada.
email-lead-none = Su cuenta no tiene dirección de correo. Con una podrá recuperar el acceso si pierde la contraseña.
email-problem = No se cambió la dirección
problem-email-malformed = No podemos escribir a esa dirección. Tiene la forma nombre@ejemplo.com, sin acentos ni espacios.
problem-email-same = Esa ya es su dirección.
email-current = Direcciones de su cuenta
email-none = Todavía ninguna.
email-help = Le escribimos ahí. Abra el enlace de ese mensaje antes de un día.
email-submit = Enviar la confirmación
email-later = Ahora no
email-pending-title = Hay un cambio que espera por usted
email-pending-text = Escribimos a { $address }. Abra el enlace de ese mensaje antes del { $until }.
email-withdraw = Detener este cambio
email-link-title-confirm = Confirme esta dirección
email-link-text-confirm = { $address } será la dirección de la cuenta { $username } en { $organization }.
email-link-submit-confirm = Sí, es mi dirección
email-link-not-you-confirm = Si la cuenta no es suya, cierre esta página: no cambiará nada.
email-link-title-stop = Detener el cambio de dirección
email-link-text-stop = Alguien pidió que { $address } sea la dirección de la cuenta { $username } en { $organization }.
email-link-submit-stop = Detener el cambio
email-link-not-you-stop = Si no fue usted, cambie también su contraseña: quien lo pidió la sabía.
email-done-title-confirmed = La dirección está confirmada
email-done-text-confirmed = Desde ahora los mensajes llegan ahí. Escribimos a la dirección anterior y a la nueva.
email-done-title-stopped = El cambio está detenido
email-done-text-stopped = La dirección de la cuenta sigue como estaba. Si no fue usted quien lo pidió, cambie ya su contraseña.
email-done-title-void = Este enlace sobre su dirección ya no sirve
email-done-text-void = Ya se usó, tiene más de un día, o lo sustituyó otro más nuevo u otro cambio.
email-done-settings = Ir a sus ajustes
portal-no-address = Su cuenta no tiene dirección de correo
portal-no-address-text = Sin una no podrá recuperar el acceso por su cuenta si pierde la contraseña.

## Pregunta secreta
recover-question-names-title = Pregunta secreta
recover-question-names-lead = Díganos de quién es la pregunta.
recover-question-names-submit = Ver la pregunta
recover-secret-question-title = Conteste su pregunta
recover-secret-question-lead = No importan mayúsculas, acentos ni espacios. Tras cinco respuestas equivocadas se cierra hasta que vuelva a iniciar sesión.
recover-secret-question-submit = Validar
recover-question-password-title = Elija una contraseña nueva
recover-question-password-lead = La respuesta es correcta. Elija antes de 15 minutos.
recover-question-password-submit = Guardar la contraseña
recover-done-question-saved-title = Se guardó su contraseña nueva
recover-done-question-saved-text = Se cerró su sesión en todas partes. Inicie sesión ahora con ella. Escribimos a todas las direcciones de su cuenta.
recover-done-question-link-title = Un paso más
recover-done-question-link-text = Su organización pide comprobar también su buzón. Va en camino a su dirección un enlace para elegir una contraseña nueva.

## Administration
mail-trial-subject = Prueba del servidor de correo
mail-trial-lead = Este mensaje se envió para probar el servidor de correo de { $organization }. Que lo lea quiere decir que funciona.
mail-trial-stranger = Si usted no administra { $product }, alguien dio su dirección por error; no tiene que hacer nada.
portal-administration = Administración
admin-title = Administración
admin-lead = Elija una organización: sus usuarios o su configuración.
admin-organizations = Organizaciones
admin-more = Hay más organizaciones de las que se muestran. Use la línea de órdenes para verlas todas.
admin-back = Volver sin guardar
admin-next = Más
admin-export = Descargar como archivo
admin-link-home = Todas las organizaciones
admin-link-users = Usuarios
admin-link-settings = Configuración
admin-link-audit = Bitácora
admin-link-trail = Toda la bitácora de esta cuenta
admin-link-new-organization = Agregar una organización
admin-link-new-user = Invitar a un usuario
admin-link-import = Importar de un archivo
admin-link-export = Descargar como archivo
admin-link-rename = Cambiar el nombre
admin-link-rules = Contraseñas y recuperación
admin-link-mail-server = Servidor de correo
admin-link-edit-user = Nombre, rol, aplicaciones
admin-link-emails = Correos electrónicos
admin-organization-title = { $name }: administración de aplicaciones
admin-users-title = Usuarios de { $name }
admin-users = Lista
admin-nobody = Ningún usuario coincide.
admin-nobody-yet = Nadie entre los revisados hasta aquí. La búsqueda continúa.
admin-search = Buscar un usuario
admin-search-help = Por cómo empieza el nombre de usuario, un nombre o apellido, o el correo; si son varias palabras, todas deben coincidir. Vacío para todos.
admin-search-submit = Buscar
admin-user-title = Cuenta de { $name }
admin-why = ¿Por qué no puede entrar esta persona?
admin-remarks = La persona puede entrar, pero:
admin-nothing-wrong = La cuenta está en orden: la persona puede entrar.
admin-obstacle-deactivated = Un administrador desactivó la cuenta. Actívela para que la persona pueda entrar.
admin-obstacle-locked = El acceso está bloqueado por seguridad tras demasiados intentos, hasta { $moment }. Levante el bloqueo para que la persona lo intente de nuevo.
admin-obstacle-no-password = Nunca se estableció una contraseña. Inicie una recuperación para que la persona elija una.
admin-obstacle-password-expired = La contraseña venció el { $moment }. Al entrar, la persona debe elegir otra.
admin-obstacle-no-address = No hay correo registrado, así que no se puede enviar nada a la persona.
admin-obstacle-mail-failed = El último mensaje a la persona no se pudo entregar.
admin-obstacle-mail-waiting = El último mensaje a la persona aún espera ser entregado.
admin-sessions = Sesiones abiertas
admin-no-sessions = Ninguna.
admin-session = Desde { $since }, última actividad { $seen }
admin-pending = Recuperaciones en curso
admin-mails = Mensajes sobre esta cuenta
admin-no-mails = Ninguno hasta ahora.
admin-events = Qué ocurrió
audit-none = No se encontró nada.
audit-by = por { $actor }
admin-act-activate = Activar
admin-act-deactivate = Desactivar
admin-act-unlock = Levantar el bloqueo de seguridad
admin-act-recover = Iniciar una recuperación por correo
admin-act-end-sessions = Cerrar todas las sesiones
admin-act-remove = Eliminar…
admin-fact-name = Nombre
admin-fact-email = Correo electrónico
admin-fact-role = Rol
admin-fact-applications = Aplicaciones
admin-fact-groups = Grupos
admin-fact-status = Estado
admin-fact-password = Contraseña establecida el
admin-fact-expires = La contraseña vence el
admin-fact-last-active = Última actividad
admin-fact-added = Alta
admin-fact-temporary-password = Contraseña temporal, válida hasta
admin-fact-rescue-code = Código de rescate, válido hasta
admin-fact-reset-link = Enlace de restablecimiento, válido hasta
admin-fact-email-change = Cambio de correo, abierto hasta
admin-fact-key = Clave
admin-fact-parent = Debajo de
admin-fact-sends-by = El correo sale por el servidor de
admin-fact-mail-server = Servidor de correo propio
admin-fact-sender = Remitente
admin-fact-sender-name = Nombre del remitente
admin-fact-recovery = Formas de recuperación
admin-fact-rules = Reglas de contraseña
admin-fact-question = Pregunta secreta
admin-option-role-user = Usuario
admin-option-role-admin = Administrador
admin-option-role-operator = Operador
admin-option-active = activa
admin-option-deactivated = desactivada
admin-option-installation = esta instalación
admin-option-inherit = Como la organización superior
admin-option-own = Como se elige aquí
admin-option-configured = Las de esta instalación
admin-option-modern = Largas, sin composición ni vencimiento (NIST)
admin-option-yes = Solo tras comprobar el buzón
admin-option-no = Se puede preguntar de inmediato
admin-option-reset-link = Un enlace por correo
admin-option-rescue-code = Un código de rescate
admin-option-temporary-password = Una contraseña temporal
admin-option-secret-question = La pregunta secreta
admin-option-starttls = STARTTLS: empieza sin cifrar y sigue cifrado
admin-option-implicit = TLS desde el primer byte
admin-option-none = Sin cifrar
admin-option-any = Cualquiera
admin-field-password = Su contraseña
admin-field-username = Usuario
admin-help-username = No se puede cambiar después.
admin-field-name = Nombre
admin-field-email = Correo electrónico
admin-help-email = Ahí llega la invitación, con una contraseña temporal que nadie más conoce.
admin-field-role = Rol
admin-field-applications = Aplicaciones
admin-field-groups = Grupos
admin-help-groups = Separados por comas. Solo puede dar grupos a los que usted pertenece.
admin-field-emails = Correos electrónicos
admin-help-emails = Separados por comas; el primero es el principal. Puede ser un correo institucional o el de un responsable de área.
admin-field-why = Motivo
admin-help-why = Se anota en la bitácora. Se avisa a los correos anteriores.
admin-field-key = Clave
admin-help-key = De 2 a 32 letras, dígitos, &, -, _ o . No se puede cambiar después.
admin-field-recovery = Formas de recuperación
admin-help-recovery = Valen si abajo se elige «como se elige aquí».
admin-field-source = Quién decide las formas de recuperación
admin-field-question = Pregunta secreta
admin-field-rules = Reglas de contraseña
admin-field-sender-name = Nombre del remitente
admin-help-sender-name = Los mensajes llegan con este nombre; vacío para el de la organización superior.
admin-field-host = Servidor
admin-help-host = El nombre de su servidor de correo, como smtp.example.com; vacío para el de la organización superior.
admin-field-port = Puerto
admin-field-encryption = Cifrado
admin-field-mail-user = Usuario en el servidor de correo
admin-field-mail-password = Contraseña en el servidor de correo
admin-help-mail-password = Nunca se muestra. Si se deja vacía se conserva la actual, salvo que cambien servidor, puerto, cifrado o usuario.
admin-field-sender = Correo del remitente
admin-field-user = Cuenta
admin-help-user = Organización, una diagonal y el usuario, como acme/ana.
admin-field-since = Desde este día
admin-help-since = Como 2026-11-03; vacío para los últimos siete días.
admin-field-action = Acción
admin-field-reason = Resultado
admin-form-confirm-title = Confirme que es usted
admin-form-confirm-lead = Lo que quiere hacer pide de nuevo su contraseña. Después no se pide durante unos minutos.
admin-form-confirm-submit = Continuar
admin-form-new-user-title = Invitar a un usuario
admin-form-new-user-lead = Se envía por correo una contraseña temporal a la persona, que luego elige una definitiva.
admin-form-new-user-submit = Enviar la invitación
admin-form-edit-user-title = Nombre, rol y aplicaciones
admin-form-edit-user-lead = Un cambio de derechos cierra las sesiones de la persona.
admin-form-edit-user-submit = Guardar
admin-form-emails-title = Correos electrónicos
admin-form-emails-lead = Las recuperaciones llegan a estos correos. Los códigos y enlaces pendientes se anulan.
admin-form-emails-submit = Guardar y avisar a los correos anteriores
admin-form-rename-title = Cambiar el nombre de la organización
admin-form-rename-lead = La clave se conserva.
admin-form-rename-submit = Guardar el nombre
admin-form-rules-title = Contraseñas y recuperación
admin-form-rules-lead = Valen para esta organización y las inferiores que no decidan otra cosa.
admin-form-rules-submit = Guardar las reglas
admin-form-mail-server-title = Servidor de correo
admin-form-mail-server-lead = Todo el correo de esta organización, y de las inferiores sin servidor propio, sale por él.
admin-form-mail-server-submit = Guardar el servidor
admin-form-new-organization-title = Agregar una organización
admin-form-new-organization-lead = Se coloca debajo de la actual.
admin-form-new-organization-submit = Agregar
admin-form-remove-title = Eliminar la cuenta para siempre
admin-form-remove-lead = No se puede recuperar. Para cerrarla un tiempo, desactívela.
admin-form-remove-submit = Eliminar
admin-form-import-title = Importar usuarios de un archivo
admin-form-import-lead = Se agregan todos los usuarios del archivo, o ninguno. No se escribe a nadie: con «olvidé mi contraseña» cada persona recibe la primera contraseña por correo.
admin-form-import-submit = Enviar el archivo
admin-field-file = Archivo
admin-help-file = Una tabla en CSV con codificación UTF-8, de 4 MB como máximo.
admin-import-how = Cómo
admin-import-look = Solo revisar si se podría importar
admin-import-columns = Cómo es el archivo
admin-import-columns-text = La primera línea nombra las columnas: username y las que necesite de name, emails, role, status, groups, applications y organization. Varios correos, grupos o aplicaciones de una persona se separan con punto y coma. Quien no tiene organización en el archivo pertenece a esta.
admin-import-faults = No se importó nada
admin-import-line = Línea { $line }:
admin-import-more =
    { $count ->
        [one] Y uno más.
       *[other] Y { $count } más.
    }
admin-import-looked =
    { $count ->
        [one] El archivo está en orden: se puede importar un usuario. No se cambió nada.
       *[other] El archivo está en orden: se pueden importar { $count } usuarios. No se cambió nada.
    }
admin-import-taken =
    { $count ->
        [one] Se importó un usuario.
       *[other] Se importaron { $count } usuarios.
    }
admin-import-fault-nobody = No hay nadie en el archivo.
admin-import-fault-not-utf8 = Esto no es UTF-8. Guarde el archivo en UTF-8.
admin-import-fault-not-csv = Esto no es CSV. Guarde la tabla como CSV.
admin-import-fault-width = La fila tiene más o menos campos que la primera línea ({ $about }).
admin-import-fault-unknown-column = No existe la columna «{ $about }».
admin-import-fault-repeated-column = La columna «{ $about }» aparece dos veces.
admin-import-fault-no-usernames = La primera línea no nombra la columna username.
admin-import-fault-not-htpasswd = Esto no es un usuario, dos puntos y un hash.
admin-import-fault-no-organization = La fila no nombra una organización.
admin-import-fault-value = Lo que está escrito ahí no es posible: «{ $about }».
admin-import-fault-too-many-emails = Son demasiados correos para una cuenta.
admin-import-fault-too-many = Hay demasiados valores en la columna { $about }.
admin-import-fault-too-many-rows = Hay más de { $about } filas. Envíelas en varios archivos.
admin-import-fault-role = «{ $about }» no es un rol. Escriba user, admin u operator.
admin-import-fault-status = «{ $about }» no es un estado. Escriba active o deactivated.
admin-import-fault-hash = El hash de la contraseña no se puede leer.
admin-import-fault-unknown-organization = No existe la organización { $about }.
admin-import-fault-repeated = Este usuario ya está antes en el archivo ({ $about }).
admin-import-fault-taken = Ya existe el usuario { $about }.
admin-import-fault-foreign-hash = Aquí no se importan contraseñas. Quite la columna password_hash.
admin-import-fault-no-address = La fila no tiene correo. Sin él la persona no tiene cómo entrar.
admin-import-fault-foreign-role = Usted no puede dar el rol { $about }.
admin-import-fault-foreign-group = Usted no puede dar el grupo { $about }: no pertenece a él.
admin-import-fault-unknown-application = No existe la aplicación { $about }.
admin-form-trial-title = Prueba de correo
admin-form-trial-lead = Envía un mensaje a su propio correo por el servidor vigente y dice qué falla si no sale.
admin-form-trial-submit = Probar el servidor de correo
admin-form-audit-title = Bitácora
admin-form-audit-lead = Quién intentó qué, desde dónde y cómo terminó. Lo más antiguo primero.
admin-form-audit-submit = Buscar
admin-trial-ok = Correcto: el servidor aceptó un mensaje para { $to }.
admin-trial-failed = El mensaje para { $to } no se envió.
admin-trial-detail = El otro lado dijo:
mail-fault-dns = El nombre del servidor no corresponde a ninguna dirección (DNS). Revise cómo está escrito.
mail-fault-connect = Nadie responde en ese servidor y puerto. Revise el puerto y si un cortafuegos impide el paso.
mail-fault-greeting = Algo responde ahí, pero no como servidor de correo. Revise puerto y cifrado.
mail-fault-no_start_tls = El servidor no ofrece STARTTLS. Elija otro cifrado o puerto.
mail-fault-tls_name = El certificado del servidor es de otro nombre. Escriba el servidor como lo nombra el certificado.
mail-fault-tls_expired = El certificado del servidor venció o aún no es válido.
mail-fault-tls_untrusted = El certificado del servidor no viene de nadie en quien se confíe aquí; puede estar autofirmado.
mail-fault-tls = No se pudo establecer la conexión cifrada (TLS). Revise puerto y cifrado.
mail-fault-authentication = El servidor no acepta este usuario y contraseña, o los pide.
mail-fault-sender = El servidor no acepta el correo del remitente.
mail-fault-recipient = El servidor no acepta el correo de usted como destinatario.
mail-fault-message = El servidor aceptó remitente y destinatario, pero no el mensaje.
mail-fault-timed_out = El servidor no respondió en 15 segundos.
mail-fault-folder = Esta instalación escribe los mensajes en archivos, y eso falló.
admin-done-saved = Guardado.
admin-done-renamed = El nuevo nombre quedó guardado.
admin-done-added = La organización se agregó.
admin-done-invited = La invitación va en camino.
admin-done-activated = La cuenta está activa.
admin-done-deactivated = La cuenta quedó desactivada y sus sesiones se cerraron.
admin-done-unlocked = El bloqueo se levantó: la persona puede intentarlo de nuevo.
admin-done-recovering = Una contraseña temporal va en camino al correo principal.
admin-done-ended = Todas las sesiones se cerraron.
admin-done-emails = Los correos se guardaron y se avisó a los anteriores.
admin-done-removed = La cuenta se eliminó.
admin-done-mail-server = El servidor de correo se guardó. Pruébelo ahora.
admin-problem = No se pudo hacer
admin-problem-conflict = Alguien más cambió la cuenta en el mismo momento. Revísela e inténtelo de nuevo.
admin-problem-confirm-first = Han pasado más de cinco minutos desde que dio su contraseña. Todavía no se cambió nada. Escríbala al final del formulario y envíelo de nuevo; las demás contraseñas y los archivos también hay que darlos de nuevo.
admin-problem-deactivated = La cuenta está desactivada; actívela primero.
admin-problem-expired-form = El formulario era muy antiguo o de otra sesión. Envíelo de nuevo.
admin-problem-foreign-group = Solo puede dar grupos a los que usted pertenece.
admin-problem-invalid = Falta algo o no está escrito como debe. Revise cada campo.
admin-problem-invalid-name = Un nombre o una clave no está escrito como debe.
admin-problem-mail-server-clear = La contraseña viajaría sin cifrar. Elija un cifrado.
admin-problem-mail-server-host = El servidor no es un nombre ni una dirección. Escríbalo sin puerto.
admin-problem-mail-server-port = Un puerto es un número del 1 al 65535.
admin-problem-mail-server-username = El usuario en el servidor de correo es demasiado largo.
admin-problem-no-address = No hay un correo al cual escribir. Registre uno primero.
admin-problem-no-file = Elija primero un archivo.
admin-problem-no-reason = Diga por qué: el motivo queda anotado.
admin-problem-not-invited = La cuenta se agregó, pero no se pudo escribir la invitación. Inicie una recuperación en la página de la cuenta.
admin-problem-nothing-to-change = No había nada que cambiar.
admin-problem-oneself = Nadie cambia aquí sus propios derechos, correos o cuenta. Pídalo a otro administrador.
admin-problem-organization-taken = Ya hay una organización con esa clave.
admin-problem-overloaded = Hay demasiado que hacer en este momento. Inténtelo en unos instantes.
admin-problem-throttled = Hubo demasiados intentos. Espere un poco e inténtelo de nuevo.
admin-problem-too-deep = Las organizaciones no pueden anidarse más.
admin-problem-too-many-emails = Son demasiados correos para una cuenta.
admin-problem-unknown-application = No existe esa aplicación.
admin-problem-username-taken = Ese usuario ya existe en esta organización.
admin-problem-wrong-password = Esa no es su contraseña.
mail-kind-invitation = Invitación
mail-kind-temporary_password = Contraseña temporal
mail-kind-rescue_code = Código de rescate
mail-kind-reset_link = Enlace de restablecimiento
mail-kind-password_changed = Cambio de contraseña
mail-kind-secret_question = Pregunta secreta
mail-kind-confirm_email = Confirmación de correo
mail-kind-email_change_warning = Aviso de cambio de correo
mail-kind-email_changed = Cambio de correo
mail-kind-expiry_warning = Aviso de vencimiento
mail-kind-test = Prueba del servidor de correo
mail-status-waiting = en espera de entrega
mail-status-delivered = entregado al servidor de correo
mail-status-dead = no se pudo entregar
mail-status-dropped = descartado
audit-action-sign_in = Inicio de sesión
audit-action-sign_out = Cierre de sesión
audit-action-change_password = Cambio de contraseña
audit-action-enter_application = Entrada a una aplicación
audit-action-add_organization = Alta de organización
audit-action-add_user = Alta de usuario
audit-action-change_user = Cambio de cuenta por un administrador
audit-action-remove_user = Baja de usuario
audit-action-request_temporary_password = Solicitud de contraseña temporal
audit-action-request_rescue_code = Solicitud de código de rescate
audit-action-use_rescue_code = Uso de código de rescate
audit-action-request_reset_link = Solicitud de enlace de restablecimiento
audit-action-use_reset_link = Uso de enlace de restablecimiento
audit-action-answer_question = Respuesta a la pregunta secreta
audit-action-use_question = Contraseña nueva por pregunta secreta
audit-action-set_question = Cambio de la pregunta secreta
audit-action-request_email_change = Solicitud de cambio de correo
audit-action-confirm_email_change = Confirmación de correo
audit-action-stop_email_change = Cancelación de cambio de correo
audit-action-end_sessions = Cierre de sesiones
audit-action-warn_of_expiry = Aviso de vencimiento
audit-action-change_organization = Cambio de organización
audit-action-test_mail = Prueba de servidor de correo
audit-action-import_users = Importación de usuarios
audit-action-export_users = Exportación de usuarios
audit-action-rotate_key = Llave de firma nueva
audit-action-back_up = Respaldo
audit-action-export = Exportación
audit-action-restore = Restauración de respaldo
audit-action-import = Importación
audit-action-retry_mail = Reintento de mensaje
audit-action-drop_mail = Descarte de mensaje
audit-action-confirm_password = Confirmación de contraseña
audit-action-look = Consulta de lo ajeno
audit-reason-ok = hecho
audit-reason-password_expired = la contraseña había vencido
audit-reason-temporary_password = con contraseña temporal
audit-reason-unknown_organization = organización desconocida
audit-reason-unknown_user = usuario desconocido
audit-reason-unknown_mail = mensaje desconocido
audit-reason-wrong_password = contraseña incorrecta
audit-reason-wrong_code = código incorrecto
audit-reason-wrong_link = enlace incorrecto
audit-reason-wrong_answer = respuesta incorrecta
audit-reason-wrong_email = correo incorrecto
audit-reason-no_email = no hay correo registrado
audit-reason-method_not_allowed = la organización no lo permite
audit-reason-no_password = no hay contraseña establecida
audit-reason-deactivated = la cuenta está desactivada
audit-reason-throttled = demasiados intentos
audit-reason-captcha = captcha incorrecto
audit-reason-bad_form = formulario viejo o ajeno
audit-reason-overloaded = demasiado trabajo
audit-reason-policy = la contraseña no cumplía las reglas
audit-reason-conflict = otro lo cambió mientras tanto
audit-reason-not_allowed = no permitido
audit-reason-confirm_first = se pidió de nuevo la contraseña
audit-reason-taken = ya ocupado
audit-reason-invalid = no válido
audit-reason-failed = se interrumpió
audit-reason-deactivated_for_security = demasiados intentos fallidos: acceso desactivado por seguridad
audit-reason-store_failed = falló el almacén
