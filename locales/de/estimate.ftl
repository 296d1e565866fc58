# Was die Lieferung kosten würde, in der Tasche.

estimate-title = Lieferung zu Ihnen
estimate-button = Lieferung zeigen
estimate-note = Für das, was beim Laden dieser Seite in der Tasche war. Bezahlt wird erst, wenn Sie bestellen.
estimate-sums = { $total } zusammen, mit { $tax } Steuer
