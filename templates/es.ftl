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
captcha-listen-help = Una voz los dice uno por uno, en inglés.
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

## Administration
mail-trial-subject = Prueba del servidor de correo
mail-trial-lead = Este mensaje se envió para probar el servidor de correo de { $organization }. Que lo lea quiere decir que funciona.
mail-trial-stranger = Si usted no administra { $product }, alguien dio su dirección por error; no tiene que hacer nada.
