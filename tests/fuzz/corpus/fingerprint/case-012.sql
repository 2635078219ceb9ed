select -- to the end
 a