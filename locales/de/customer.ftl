# Konten, und die Mail, mit der eine E-Mail-Adresse bestätigt wird.

customer-claim-subject = Bestätigen Sie Ihre E-Mail-Adresse
customer-claim-heading = Sind Sie das?
customer-claim-intro = Jemand, höchstwahrscheinlich Sie, hat bei Rialto diese Adresse angegeben. Bestätigen Sie sie, dann bleiben Ihre Bestellungen und Ihre Tasche beisammen.
customer-claim-confirm = Diese Adresse bestätigen
customer-claim-note = Der Link gilt einmal, 24 Stunden lang, in dem Browser, in dem Sie ihn angefordert haben.
customer-claim-not-you = Das waren nicht Sie? Dann tun Sie nichts: Ohne den Link ändert sich nichts.
