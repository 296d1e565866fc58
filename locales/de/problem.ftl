# Was abgelehnt wird, ehe eine Seite bekannt ist: Grenzen, und Anfragen, die keine Seite von uns stellt.

problem-busy-title = Der Laden ist sehr voll
problem-busy-text = Es sind mehr Leute hier, als wir gut bedienen können. Es ging nichts verloren; versuchen Sie es gleich noch einmal.
problem-unavailable-title = Gleich wieder da
problem-unavailable-text = Der Laden kann gerade nicht antworten. Ihr Warenkorb und Ihre Bestellungen sind sicher; versuchen Sie es gleich noch einmal.
problem-too-many-title = Einen Moment
problem-too-many-text = Sie sind schneller als wir. Warten Sie eine Minute, und versuchen Sie es noch einmal.
problem-other-site-title = Das kam von woanders
problem-other-site-text = Dieses Formular kam von einer anderen Website, darum wurde nichts getan. Öffnen Sie den Laden, und versuchen Sie es dort noch einmal.
problem-bad-address-title = So eine Adresse gibt es nicht
problem-bad-address-text = Die Adresse enthält ein NUL-Byte; keine Seite des Ladens hat eines.
problem-not-found-title = Das gibt es hier nicht
problem-not-found-text = An dieser Adresse ist nichts.
problem-wrong-method-title = So geht das nicht
problem-wrong-method-text = Diese Adresse nimmt solche Anfragen nicht an. Gehen Sie von den Seiten des Ladens aus weiter.
problem-too-slow-title = Das hat zu lange gedauert
problem-too-slow-text = Ihre Anfrage kam nicht rechtzeitig ganz an, darum wurde nichts getan. Prüfen Sie Ihre Verbindung, und versuchen Sie es noch einmal.
problem-too-large-title = Das ist zu viel
problem-too-large-text = Was Sie gesendet haben, ist größer als jedes Formular des Ladens, darum wurde nichts getan. Kürzen Sie es, und versuchen Sie es noch einmal.
problem-wrong-kind-title = Das konnten wir nicht lesen
problem-wrong-kind-text = Was gesendet wurde, ist nicht von der Art, die diese Adresse liest, darum wurde nichts getan. Gehen Sie zurück, und nehmen Sie das Formular des Ladens.
problem-unreadable-title = Das konnten wir nicht lesen
problem-unreadable-text = Etwas in der Adresse oder im Formular war nicht, wie es sein sollte, darum wurde nichts getan. Gehen Sie zurück, und versuchen Sie es noch einmal.
problem-broken-title = Etwas ist kaputtgegangen
problem-broken-text = Auf unserer Seite ist etwas kaputtgegangen, und wir wissen davon. Es ging nichts verloren; versuchen Sie es gleich noch einmal.
