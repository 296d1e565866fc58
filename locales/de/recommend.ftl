# Was zu dem passt, was angesehen wurde.

recommend-title = Für Sie
recommend-row = Nach dem, was Sie sich angesehen haben
recommend-empty = Noch nichts: Sehen Sie sich erst ein paar Dinge an.
