Rails.application.routes.draw { resources :orders, only: :index }
