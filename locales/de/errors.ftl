# Seiten für das, was schiefging, und womit Formulare und Inseln abgewiesen werden.

errors-not-found-title = Diese Seite gibt es hier nicht
errors-not-found-text = Vielleicht ist sie umgezogen, vielleicht hat die Adresse einen Schreibfehler. Zu den Werkstätten geht es hier.
errors-gone-title = Wird nicht mehr gemacht
errors-gone-text = Dieses Stück hat die Werkstatt für immer verlassen. Ähnliche sind noch da.
errors-bad-request-title = Das konnten wir nicht lesen
errors-bad-request-text = Etwas an der Adresse oder am Formular war nicht so, wie es sein soll. Gehen Sie zurück und versuchen Sie es noch einmal.
errors-denied-title = Das gehört jemand anderem
errors-denied-text = Entweder ist es nicht Ihres, oder der Link gilt nicht mehr.
errors-unavailable-title = Keine Antwort
errors-unavailable-text = Ein Dienst, den wir brauchen, antwortet nicht. Berechnet wurde nichts. Versuchen Sie es gleich noch einmal.
errors-broken-title = Etwas ist kaputtgegangen
errors-broken-text = Es lag an uns, nicht an Ihnen, und wir wissen Bescheid. Es wurde nichts berechnet. Versuchen Sie es gleich noch einmal.
errors-offline-title = Sie sind offline
errors-offline-text = Seiten, die Sie gesehen haben, sind noch da. Der Rest kommt mit dem Netz zurück.
errors-go-home = Zurück zum Laden
errors-try-again = Noch einmal versuchen

