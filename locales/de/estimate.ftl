# Was die Lieferung kosten würde, in der Tasche.

estimate-title = Lieferung zu Ihnen
estimate-button = Lieferung zeigen
estimate-note = Hat sich die Tasche geändert, fragen Sie noch einmal. Bezahlt wird erst, wenn Sie bestellen.
estimate-sums = { $total } zusammen, mit { $tax } Steuer
